import assert from "node:assert/strict";
import { cpSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { files, languages } from "../../languages/write.mjs";
import { OWN } from "../src/diagnostics/own.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const forms = (said) => (typeof said === "string" ? [said] : Object.values(said));
const places = (form) => [...form.matchAll(/\{(\w+)\}/g)].map(([place]) => place).sort();

test("what is written is what the languages' files say", () => {
  const written = files(languages());
  for (const [path, content] of written) {
    assert.equal(readFileSync(join(root, path), "utf8"), content, `${path}: run \`cargo xtask languages\``);
  }
  for (const folder of ["extension/_locales", "extension/src/words"]) {
    for (const entry of readdirSync(join(root, folder))) {
      const path = folder.endsWith("words") ? `${folder}/${entry}` : `${folder}/${entry}/messages.json`;
      assert.ok(written.has(path), `${path}: of no language`);
    }
  }
});

test("every language has the same sections and texts, in order, with the same places in them", () => {
  const { en, ...others } = languages();
  for (const [tag, language] of Object.entries(others)) {
    assert.deepEqual(Object.keys(language), Object.keys(en), tag);
    for (const section of ["manifest", "dialog", "extension", "elements"]) {
      assert.deepEqual(Object.keys(language[section]), Object.keys(en[section]), `${tag}: ${section}`);
    }
  }
  for (const [tag, language] of Object.entries({ en, ...others })) {
    for (const section of ["dialog", "extension", "elements", "errors", "findings"]) {
      const names = Object.keys(language[section]);
      assert.deepEqual(names, [...names].sort(), `${tag}: ${section}`);
    }
    for (const [name, said] of Object.entries(language.elements)) {
      const most = places(forms(en.elements[name]).at(-1));
      if (typeof said !== "string") assert.ok(said.other, `${tag}: ${name}`);
      assert.deepEqual(places(forms(said).at(-1)), most, `${tag}: ${name}`);
      for (const form of forms(said)) assert.ok(form && form.trim() === form, `${tag}: ${name}`);
    }
  }
});

test("errors are explained by codes that there are", () => {
  const table = JSON.parse(readFileSync(join(root, "crates/protocol/bindings/errors.json"), "utf8"));
  const codes = new Set(table.map(({ code }) => code));
  for (const [tag, { errors }] of Object.entries(languages())) {
    for (const [code, said] of Object.entries(errors)) {
      assert.ok(codes.has(code), `${tag}: ${code}`);
      assert.ok(said.length === 2 && said.every((text) => text.endsWith(".")), `${tag}: ${code}`);
    }
  }
});

test("what the page of the report finds by itself is said in every language", () => {
  const { en, ...others } = languages();
  for (const [tag, { findings }] of Object.entries(others)) {
    for (const [code, [, , ...english]] of Object.entries(OWN)) {
      const said = findings[code];
      assert.ok(said?.length === 2 && said.every((text) => text.endsWith(".")), `${tag}: ${code}`);
      const typed = (texts) => texts.flatMap((text) => text.split("`").filter((_, at) => at % 2));
      assert.deepEqual(typed(said), typed(english), `${tag}: ${code}`);
    }
  }
});

test("a made-up language is one file, and is offered by extension and elements", async () => {
  const there = mkdtempSync(join(tmpdir(), "wardkey-languages-"));
  try {
    cpSync(join(root, "languages"), join(there, "languages"), { recursive: true });
    const text = readFileSync(join(root, "languages/en.json"), "utf8");
    const made = JSON.parse(text, (_, said) => (typeof said === "string" ? `«${said}»` : said));
    made.errors.card_missing = ["«No card»", "«Put it in»"];
    writeFileSync(join(there, "languages/aa.json"), JSON.stringify(made));

    cpSync(join(root, "extension/src"), join(there, "extension/src"), { recursive: true });
    writeFileSync(join(there, "package.json"), '{ "type": "module" }');
    const written = files(languages(join(there, "languages")));
    for (const [path, content] of written) {
      mkdirSync(dirname(join(there, path)), { recursive: true });
      writeFileSync(join(there, path), content);
    }
    const extension = await import(pathToFileURL(join(there, "extension/src/words.js")).href);
    // The settings offer a choice of these.
    assert.deepEqual(Object.keys(extension.LANGUAGES), ["en", "aa", "cy"]);
    assert.equal(extension.sayingIn("aa")("documents", 3), "«3 tabs»");
    globalThis.chrome = {
      i18n: { getUILanguage: () => "aa-ET" },
      storage: { local: { get: async () => ({}) } },
    };
    assert.equal(await extension.spoken(), "aa");
    const fault = { code: "card_missing", message: "No card.", remedy: "Put it in." };
    assert.deepEqual(extension.faultIn("aa", fault), { message: "«No card»", remedy: "«Put it in»" });
    assert.deepEqual(extension.faultIn("aa", { ...fault, code: "busy" }).message, "No card.");
    const messages = JSON.parse(written.get("extension/_locales/aa/messages.json"));
    assert.deepEqual(messages.description.message, made.manifest.description);
  } finally {
    rmSync(there, { recursive: true, force: true });
  }
});
