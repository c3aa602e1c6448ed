import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { LANGUAGES, sayingIn } from "../src/words.js";

const here = (name) => new URL(`../${name}`, import.meta.url);
const places = (form) => [...form.matchAll(/\{(\d)\}/g)].map(([place]) => place).sort();
const forms = (said) => (typeof said === "string" ? [said] : Object.values(said));

function sources(folder = "src") {
  return readdirSync(here(folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "words" ? [] : sources(name);
    return /\.(js|html)$/.test(name) ? [readFileSync(here(name), "utf8")] : [];
  });
}

test("every language has every text, with the same places in it, and no other", () => {
  const { en } = LANGUAGES;
  for (const [tag, table] of Object.entries(LANGUAGES)) {
    assert.deepEqual(Object.keys(table), Object.keys(en).sort(), tag);
    for (const [word, said] of Object.entries(table)) {
      const most = places(forms(en[word]).at(-1));
      if (typeof said !== "string") assert.ok(said.other, `${tag}: ${word}`);
      assert.deepEqual(places(forms(said).at(-1)), most, `${tag}: ${word}`);
      for (const form of forms(said)) {
        assert.ok(form.trim() === form && form, `${tag}: ${word}`);
        assert.ok(places(form).every((place) => most.includes(place)), `${tag}: ${word}: ${form}`);
      }
    }
  }
});

test("every text is said somewhere, and nothing else is", () => {
  const text = sources().join("\n");
  const said = new Set();
  for (const [, word] of text.matchAll(/data-(?:say|label)="(\w+)"/g)) said.add(word);
  for (const [, word] of text.matchAll(/"(\w+)"/g)) if (word in LANGUAGES.en) said.add(word);
  assert.deepEqual([...said].sort(), Object.keys(LANGUAGES.en));
});

test("numbers have their forms, and a language without a table is English", () => {
  const [english, welsh] = [sayingIn("en"), sayingIn("cy")];
  assert.deepEqual([1, 2, 5].map((count) => english("documents", count)), ["1 tab", "2 tabs", "5 tabs"]);
  assert.deepEqual([1, 2, 5].map((count) => welsh("documents", count)), ["1 tab", "2 dab", "5 tab"]);
  assert.equal(sayingIn("de")("revoked", 1, "https://a.example"), "Taken back from https://a.example.");
  assert.equal(english("cardIn", "{0} {1}"), "Card in {0} {1}");
});

test("the manifest's texts are there in each language", () => {
  const manifest = readFileSync(here("manifest.json"), "utf8");
  const used = [...manifest.matchAll(/__MSG_(\w+)__/g)].map(([, name]) => name).sort();
  for (const tag of Object.keys(LANGUAGES)) {
    const messages = JSON.parse(readFileSync(here(`_locales/${tag}/messages.json`), "utf8"));
    assert.deepEqual(Object.keys(messages).sort(), used, tag);
  }
});
