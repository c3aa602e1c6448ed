// Writes what extension and npm package have of the languages, from the files beside this one. The
// host takes them as they are. Tests fail while what is written is not what stands here.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * The languages of a folder by their tags, English first.
 *
 * @param {string} [folder]
 */
export function languages(folder = here) {
  const tags = readdirSync(folder).flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -5)] : []));
  const wrong = tags.find((tag) => !/^[a-z]{2,3}$/.test(tag));
  if (wrong) throw new Error(`languages/${wrong}.json: a language's tag is two or three small letters`);
  const others = tags.filter((tag) => tag !== "en").sort();
  const read = (tag) => [tag, JSON.parse(readFileSync(join(folder, `${tag}.json`), "utf8"))];
  return Object.fromEntries(["en", ...others].map(read));
}

/**
 * Every file that is written, by its path in the repository.
 *
 * @param {ReturnType<typeof languages>} all
 * @returns {Map<string, string>}
 */
export function files(all) {
  const tags = Object.keys(all);
  const written = new Map();
  for (const [tag, { about, manifest, extension, errors, findings }] of Object.entries(all)) {
    const messages = Object.entries(manifest).map(([name, message]) => [name, { message }]);
    written.set(`extension/_locales/${tag}/messages.json`, json(Object.fromEntries(messages)));
    const exported = [
      `${HEAD}// ${about}\n`,
      "/** What the extension's own pages say. */",
      `export const words = ${literal(extension)};\n`,
      "/** For an error's code what happened, and what to do. */",
      `export const errors = ${literal(errors)};\n`,
      "/** For a finding's code the same. */",
      `export const findings = ${literal(findings)};\n`,
    ];
    written.set(`extension/src/words/${tag}.js`, exported.join("\n"));
  }
  const imports = tags.map((tag) => `import * as ${tag} from "./${tag}.js";\n`).sort();
  const named = `/** Every language, by its tag; the first has every text. */\nexport const ALL = { ${tags.join(", ")} };\n`;
  written.set("extension/src/words/all.js", `${HEAD}\n${imports.join("")}\n${named}`);
  const tables = Object.entries(all).map(([tag, { elements, errors }]) => [tag, { texts: elements, errors }]);
  written.set("sdk-wasm/npm/src/elements/languages.ts", [
    `${HEAD}\nimport type { Table } from "./words.js";\n`,
    "/** Every language, by its tag; the first has every text. */",
    `export const LANGUAGES: Readonly<Record<string, Table>> = ${literal(Object.fromEntries(tables))};\n`,
  ].join("\n"));
  return written;
}

/** Writes them, and takes away what is left of a language that went. */
function write() {
  const root = dirname(here);
  // Before anything goes: one of them may not be JSON.
  const written = files(languages());
  for (const folder of ["extension/_locales", "extension/src/words"]) {
    rmSync(join(root, folder), { recursive: true, force: true });
  }
  for (const [path, content] of written) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    console.log(path);
  }
}

const HEAD = "// Written by languages/write.mjs, of the files beside it. Not to be edited.\n";

/** @param {unknown} value */
function json(value) {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** As JavaScript has it: names without quotes where they need none. */
function literal(value) {
  return JSON.stringify(value, undefined, 2).replace(/^(\s*)"([A-Za-z_]\w*)":/gm, "$1$2:");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write();
