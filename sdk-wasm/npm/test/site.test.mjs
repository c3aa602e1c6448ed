import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "../../../docs/site/build.mjs";
import { html } from "../../../docs/site/markdown.mjs";

const out = mkdtempSync(join(tmpdir(), "wardkey-site-"));
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
// Where rustdoc leaves the crates' pages.
const rust = mkdtempSync(join(tmpdir(), "wardkey-rustdoc-"));
process.on("exit", () => rmSync(rust, { recursive: true, force: true }));
const crates = ["crypto", "pki", "protocol", "revocation", "signatures", "spine", "xml"];
for (const crate of crates) {
  mkdirSync(join(rust, `wardkey_${crate}`));
  writeFileSync(join(rust, `wardkey_${crate}/index.html`), "<!doctype html>");
}
const files = build(out, rust);
const text = (file) => readFileSync(join(out, file), "utf8");

test("every link of the site leads somewhere", () => {
  const repository = new URL("../../../", import.meta.url);
  for (const file of files) {
    for (const [, address] of text(file).matchAll(/(?:href|src)="([^"]+)"/g)) {
      const own = "https://github.com/wardkey/wardkey/blob/main/";
      if (address.startsWith(own)) {
        const path = address.slice(own.length).split("#")[0];
        assert.ok(existsSync(new URL(path, repository)), `${file}: ${address}`);
      } else if (!/^[a-z]+:/.test(address)) {
        const [path, fragment] = address.split("#");
        assert.ok(existsSync(join(out, path || file)), `${file}: ${address}`);
        const target = text(path || file);
        if (fragment) assert.ok(target.includes(`id="${fragment}"`), `${file}: ${address}`);
      }
    }
  }
});

test("the reference has what each entry exports, with its words", () => {
  const page = text("reference.html");
  for (const entry of ["wardkey", "wardkey/verify", "wardkey/elements", "wardkey/adapters/web-eid"]) {
    assert.ok(page.includes(`>${entry}</h2>`), entry);
  }
  for (const name of ["connect", "Wardkey", "WardkeyError", "SignRequest", "verifyAuthentication", "useSign", "setWords"]) {
    assert.match(page, new RegExp(`<h3 id="${name.toLowerCase()}">${name}</h3>\\n(<p>|<pre)`), name);
  }
  assert.ok(page.includes("Finds Wardkey in this browser. Starts nothing"));
  assert.ok(!page.includes("#private"));
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
  for (const crate of crates) {
    assert.match(page, new RegExp(`<a href="rust/wardkey_${crate}/index.html">wardkey-${crate}</a>: \\w`), crate);
  }
  assert.match(text("index.html"), /<nav[^]*href="rust\.html"[^]*<\/nav>/);
});

test("Markdown is read as it is meant", () => {
  const same = (address) => address;
  assert.equal(html("# A `b` & c\n\nOne\ntwo **three**.", same), '<h1 id="a-b--c">A <code>b</code> &amp; c</h1>\n<p>One two <strong>three</strong>.</p>');
  assert.equal(html("- one\n  more\n- `<b>`", same), "<ul><li>one more</li><li><code>&lt;b&gt;</code></li></ul>");
  assert.equal(html("| a | b |\n|---|---|\n| `r || s` | [x](y) |", same), '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><code>r || s</code></td><td><a href="y">x</a></td></tr></tbody></table>');
  assert.equal(html("```js\na < b\n```", same), '<pre data-language="js"><code>a &lt; b</code></pre>');
});
