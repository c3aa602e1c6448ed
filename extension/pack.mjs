// Packs the extension, for each browser: `dist/BROWSER/` to load unpacked, `dist/wardkey-BROWSER.zip`
// (Firefox: `.xpi`) to hand out. One source; only the manifest differs.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { zip } from "./zip.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/** What is made of the manifest for each browser. */
const BROWSERS = {
  // Also Chrome. The key gives it its id wherever it is loaded from; a store wants none, and gives
  // an id of its own.
  chromium: { archive: "wardkey-chromium.zip", manifest: forChromium },
  edge: { archive: "wardkey-edge.zip", manifest: forStore },
  firefox: { archive: "wardkey-firefox.xpi", manifest: forFirefox },
};

/** @typedef {keyof typeof BROWSERS} Browser */

/** Every browser. */
export const browsers = /** @type {Browser[]} */ (Object.keys(BROWSERS));

/**
 * Everything that a browser gets.
 *
 * @param {Browser} browser
 */
export function files(browser) {
  const whole = JSON.parse(readFileSync(join(here, "manifest.json"), "utf8"));
  const manifest = BROWSERS[browser].manifest(whole);
  const names = [...below("_locales", ".json"), ...below("icons", ".png"), ...below("src", "")];
  const own = names.map((name) => ({ name, content: readFileSync(join(here, name)) }));
  own.push({ name: "manifest.json", content: Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`) });
  if (manifest.storage) {
    const schema = readFileSync(join(here, "../packaging/policy/managed_schema.json"));
    own.push({ name: manifest.storage.managed_schema, content: schema });
  }
  return own.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function forChromium(manifest) {
  const { browser_specific_settings: _, background, ...rest } = manifest;
  const { scripts: __, ...worker } = background;
  return { ...rest, background: worker };
}

function forStore(manifest) {
  const { key: _, ...rest } = forChromium(manifest);
  return rest;
}

/** Firefox has no service workers here, and its managed storage has no schema. */
function forFirefox(manifest) {
  const { key: _, minimum_chrome_version: __, storage: ___, background, ...rest } = manifest;
  const { service_worker: ____, ...page } = background;
  return { ...rest, background: page };
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
  for (const browser of browsers) {
    const { archive } = BROWSERS[browser];
    const packed = files(browser);
    const octets = zip(packed);
    write(join(dist, browser), packed);
    writeFileSync(join(dist, archive), octets);
    console.log(`extension/dist/${archive}: ${packed.length} files, ${octets.length} bytes`);
  }
}
