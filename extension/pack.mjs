// Packs the extension: `dist/chromium/` to load unpacked, `dist/wardkey-chromium.zip` to hand out.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { zip } from "./zip.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/** Everything that a browser gets. */
export function files() {
  const names = ["manifest.json", ...below("icons", ".png"), ...below("src", "")];
  const own = names.map((name) => ({ name, content: readFileSync(join(here, name)) }));
  const schema = readFileSync(join(here, "../packaging/policy/managed_schema.json"));
  const all = [...own, { name: "managed_schema.json", content: schema }];
  return all.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function below(folder, ending) {
  return readdirSync(join(here, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return below(name, ending);
    return name.endsWith(ending) ? [name] : [];
  });
}

/** Writes files below a folder, and nothing else. */
export function write(folder, files) {
  for (const { name, content } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(here, "dist");
  rmSync(dist, { recursive: true, force: true });
  const packed = files();
  const archive = zip(packed);
  write(join(dist, "chromium"), packed);
  writeFileSync(join(dist, "wardkey-chromium.zip"), archive);
  console.log(`extension/dist/wardkey-chromium.zip: ${packed.length} files, ${archive.length} bytes`);
}
