import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { test } from "node:test";
import { build, CRATES } from "../../../docs/site/build.mjs";
import { html } from "../../../docs/site/markdown.mjs";

const out = mkdtempSync(join(tmpdir(), "wardkey-site-"));
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
const files = await build(out);
const text = (file) => readFileSync(join(out, file), "utf8");
// TypeDoc's.
const described = readdirSync(join(out, "reference"), { recursive: true })
  .filter((file) => file.endsWith(".html"))
  .map((file) => `reference/${file}`);

test("every link of the site leads somewhere", () => {
  const repository = new URL("../../../", import.meta.url);
  for (const file of [...files, ...described]) {
    for (const [, address] of text(file).matchAll(/(?:href|src)="([^"]+)"/g)) {
      const own = "https://github.com/wardkey/wardkey/blob/main/";
      if (address.startsWith(own)) {
        const path = address.slice(own.length).split("#")[0];
        assert.ok(existsSync(new URL(path, repository)), `${file}: ${address}`);
      } else if (!/^[a-z]+:/.test(address)) {
        const [path, fragment] = address.split("#");
        const target = path ? posix.join(posix.dirname(file), path) : file;
        assert.ok(existsSync(join(out, target)), `${file}: ${address}`);
        if (fragment) assert.ok(text(target).includes(`id="${fragment}"`), `${file}: ${address}`);
      }
    }
  }
});

test("the reference has what each entry exports, with its words", () => {
  const { exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const entries = Object.keys(exports).filter((entry) => exports[entry].types);
  for (const entry of entries) {
    const name = `wardkey${entry.slice(1)}`;
    assert.ok(text(`reference/modules/${name.replaceAll("/", "_")}.html`).includes(`>Module ${name}</h1>`), name);
  }
  const pages = new Set(described);
  for (const page of [
    "functions/wardkey.connect",
    "interfaces/wardkey.Wardkey",
    "interfaces/wardkey.SignRequest",
    "classes/wardkey.WardkeyError",
    "functions/wardkey_verify.verifyAuthentication",
    "functions/wardkey_react.useSign",
    "functions/wardkey_elements.setWords",
  ]) {
    assert.ok(pages.has(`reference/${page}.html`), page);
  }
  assert.ok(text("reference/functions/wardkey.connect.html").includes("Finds Wardkey in this browser. Starts nothing"));
  // Nobody makes connections but the package; apps' own tests make errors.
  for (const [page, makes] of [["interfaces/wardkey.Wardkey", false], ["classes/wardkey.WardkeyError", true]]) {
    assert.equal(text(`reference/${page}.html`).includes('id="constructor"'), makes, page);
  }
});

test("the reference can be searched, looks like the other pages, and leads back to them", () => {
  const page = text("reference/functions/wardkey.connect.html");
  assert.ok(page.includes('id="tsd-search-input"') && page.includes('href="../../index.html"'));
  for (const asset of ["search.js", "custom.css"]) {
    assert.ok(page.includes(`assets/${asset}"`) && text(`reference/assets/${asset}`), asset);
  }
  // Day and night have the same colours in both.
  const ours = text("style.css").match(/--(page|ink|action): light-dark\((#\w+), (#\w+)\)/g);
  const theirs = text("reference/assets/custom.css");
  assert.equal(ours.length, 3);
  for (const colour of ours.flatMap((line) => line.match(/#\w+/g))) assert.ok(theirs.includes(colour), colour);
});

test("what the guides name of the package leads to the reference", () => {
  const page = text("sdk-wasm-npm-readme.html");
  for (const [code, place] of [
    ["wardkey/verify", "modules/wardkey_verify.html"],
    ["signIn()", "interfaces/wardkey.Wardkey.html#signin"],
    ["useSign(wardkey)", "functions/wardkey_react.useSign.html"],
  ]) {
    assert.ok(page.includes(`<a href="reference/${place}"><code>${code}</code></a>`), code);
  }
  assert.ok(text("authenticate.html").includes("reference/functions/wardkey_verify.verifyAuthentication.html"));
});

test("every error is there, with its meaning and its remedy, and the guides lead to it", () => {
  const table = new URL("../../../crates/protocol/bindings/errors.json", import.meta.url);
  const page = text("errors.html");
  const rows = [...page.matchAll(/<tr><td><code>(\w+)<\/code><\/td><td>(.+?)<\/td><td>(.+?)<\/td><\/tr>/g)];
  const told = new Map(rows.map(([, code, ...sentences]) => [code, sentences]));
  const errors = JSON.parse(readFileSync(table, "utf8"));
  assert.equal(told.size, errors.length);
  for (const { code, message, remedy } of errors) {
    const plain = (sentence) => html(sentence, String).replace(/^<p>|<\/p>$/g, "");
    assert.deepEqual(told.get(code), [plain(message), plain(remedy)], code);
  }
  for (const file of ["web-developers.html", "sdk-wasm-npm-readme.html"]) {
    assert.match(text(file), /<main[^]*href="errors\.html"/, file);
  }
});

test("the crates that backends use lead to their own pages", () => {
  const page = text("rust.html");
  for (const crate of CRATES) {
    assert.match(page, new RegExp(`<a href="rust/wardkey_${crate}/index.html">wardkey-${crate}</a>: \\w`), crate);
  }
  // Rustdoc's, with the words of the sources.
  const own = text("rust/wardkey_xml/struct.Canonicalization.html");
  assert.ok(own.includes("A canonicalization method: Canonical XML 1.0 or 1.1"));
  assert.match(text("index.html"), /<nav[^]*href="rust\.html"[^]*<\/nav>/);
});

test("Markdown is read as it is meant", () => {
  const same = (address) => address;
  assert.equal(html("# A `b` & c\n\nOne\ntwo **three**.", same), '<h1 id="a-b--c">A <code>b</code> &amp; c</h1>\n<p>One two <strong>three</strong>.</p>');
  assert.equal(html("- one\n  more\n- `<b>`", same), "<ul><li>one more</li><li><code>&lt;b&gt;</code></li></ul>");
  assert.equal(html("| a | b |\n|---|---|\n| `r || s` | [x](y) |", same), '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><code>r || s</code></td><td><a href="y">x</a></td></tr></tbody></table>');
  const placeOf = (code) => (code === "a" ? "a.html" : undefined);
  assert.equal(
    html("`a`, `b`, [`a`](x)", same, placeOf),
    '<p><a href="a.html"><code>a</code></a>, <code>b</code>, <a href="x"><code>a</code></a></p>',
  );
  assert.equal(html("```js\na < b\n```", same), '<pre data-language="js"><code>a &lt; b</code></pre>');
});
