/** Reads a file of this package: by `fetch` in a browser, from the disk in Node. */
export async function load(file: URL): Promise<Response | Uint8Array<ArrayBuffer>> {
  if (file.protocol !== "file:") return fetch(file);
  // Only Node has files; the name in a variable keeps bundlers for browsers from looking for it.
  const module = "node:fs/promises";
  const { readFile } = (await import(
    /* webpackIgnore: true */ /* @vite-ignore */ module
  )) as typeof import("node:fs/promises");
  return new Uint8Array(await readFile(file));
}
