import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { files, languages } from "../../../languages/write.mjs";
import { folder, load } from "./packed.mjs";

const elements = join(folder, "dist/elements");
const { wordsFor } = await load("dist/elements/words.js");

test("the elements say what the languages' files say, numbers in their forms", () => {
  const [language, welsh] = wordsFor("cy-GB");
  assert.equal(language, "cy");
  assert.deepEqual([1, 2, 5].map(welsh.sign), ["Llofnodi 1 ddogfen", "Llofnodi 2 ddogfen", "Llofnodi 5 dogfen"]);
  assert.deepEqual([1, 5].map(welsh.left), ["1 munud ar ôl", "5 munud ar ôl"]);
  const [, english] = wordsFor("en");
  assert.deepEqual([1, 2].map(english.left), ["1 minute left", "2 minutes left"]);
  assert.equal(english.signed(2, 5), "Signed 2 of 5.");
  assert.equal(english.signed_in_as("{0} {1}"), "Signed in as {0} {1}");
  assert.equal(wordsFor("de")[0], "en");
  for (const [tag, { elements, errors }] of Object.entries(languages())) {
    const [, words] = wordsFor(tag);
    assert.deepEqual(Object.keys(words), [...Object.keys(elements), "errors"], tag);
    assert.deepEqual(words.errors, errors, tag);
    for (const [name, text] of Object.entries(elements)) {
      const called = typeof words[name] === "function";
      assert.equal(called, typeof text !== "string" || /\{\d\}/.test(text), `${tag}: ${name}`);
    }
  }
});

test("a made-up language is one file, and the elements speak it", async () => {
  const there = mkdtempSync(join(tmpdir(), "wardkey-languages-"));
  try {
    const source = dirname(fileURLToPath(new URL("../../../languages/en.json", import.meta.url)));
    cpSync(source, join(there, "languages"), { recursive: true });
    const text = readFileSync(join(source, "en.json"), "utf8");
    const made = JSON.parse(text, (_, said) => (typeof said === "string" ? `«${said}»` : said));
    writeFileSync(join(there, "languages/aa.json"), JSON.stringify(made));
    const written = files(languages(join(there, "languages")));
    const typed = written.get("sdk-wasm/npm/src/elements/languages.ts");
    // As the compiler leaves it.
    const plain = typed.replace(/^import type .*$/m, "").replace("LANGUAGES: Readonly<Record<string, Table>>", "LANGUAGES");
    writeFileSync(join(there, "languages.js"), plain);
    cpSync(join(elements, "words.js"), join(there, "words.js"));
    writeFileSync(join(there, "package.json"), '{ "type": "module" }');
    const [language, words] = (await import(pathToFileURL(join(there, "words.js")).href)).wordsFor("aa-ET");
    assert.deepEqual([language, words.sign_in, words.sign(2)], ["aa", "«Sign in with smartcard»", "«Sign 2 documents»"]);
  } finally {
    rmSync(there, { recursive: true, force: true });
  }
});
