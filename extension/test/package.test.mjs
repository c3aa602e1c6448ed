import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";
import { browsers, files } from "../pack.mjs";
import { fault, WORDS } from "../src/background/faults.js";
import { unzip, zip } from "../zip.mjs";

const here = (name) => new URL(`../${name}`, import.meta.url);
const manifest = JSON.parse(readFileSync(here("manifest.json"), "utf8"));
const errors = new Map(
  JSON.parse(readFileSync(here("../crates/protocol/bindings/errors.json"), "utf8")).map((entry) => [
    entry.code,
    entry,
  ]),
);

test("the id is that of the manifest's key", () => {
  const digest = createHash("sha256").update(Buffer.from(manifest.key, "base64")).digest("hex");
  const letter = (digit) => String.fromCharCode("a".charCodeAt(0) + Number.parseInt(digit, 16));
  const id = [...digest.slice(0, 32)].map(letter).join("");
  assert.equal(readFileSync(here("ID"), "utf8").trim(), id);
});

test("it asks for no more than it needs", () => {
  // Of storage it uses what administrators write.
  assert.deepEqual(manifest.permissions, ["nativeMessaging", "storage"]);
  for (const more of ["host_permissions", "optional_permissions", "web_accessible_resources"]) {
    assert.equal(manifest[more], undefined, more);
  }
});

test("it is in pages that a browser counts as secure", () => {
  const [{ matches }] = manifest.content_scripts;
  assert.deepEqual(matches, ["https://*/*", "http://*.localhost/*", "http://127.0.0.1/*"]);
});

test("its page is the project's", () => {
  const cargo = readFileSync(here("../Cargo.toml"), "utf8");
  assert.equal(manifest.homepage_url, /\nrepository = "([^"]+)"/.exec(cargo)?.[1]);
});

test("versions agree", () => {
  const cargo = readFileSync(here("../Cargo.toml"), "utf8");
  assert.equal(manifest.version, /\[workspace\.package\]\nversion = "([^"]+)"/.exec(cargo)?.[1]);
  assert.equal(JSON.parse(readFileSync(here("package.json"), "utf8")).version, manifest.version);
});

test("what runs in every frame of every site is small", () => {
  const { size } = statSync(here("src/content.js"));
  console.log(`content.js: ${size} bytes`);
  assert.ok(size <= 5_000);
});

test("errors are said in the table's words", () => {
  const words = ({ message, remedy }) => ({ message, remedy });
  for (const code of Object.keys(WORDS)) {
    assert.deepEqual(words(fault(code)), words(errors.get(code)), code);
  }
  const content = readFileSync(here("src/content.js"), "utf8");
  let count = 0;
  for (const [, literal] of content.matchAll(/const [A-Z_]+ = (\{\n {4}code:[\s\S]*?\n {2}\});/g)) {
    const said = vm.runInNewContext(`(${literal})`);
    assert.deepEqual(words(said), words(errors.get(said.code)), said.code);
    count += 1;
  }
  assert.equal(count, 3);
});

for (const browser of browsers) {
  test(`${browser}: everything that the manifest names is packed, and packing twice gives the same`, () => {
    const packed = files(browser);
    const names = packed.map(({ name }) => name);
    const manifest = manifestFor(browser);
    const named = [
      manifest.background.service_worker,
      ...(manifest.background.scripts ?? []),
      ...manifest.content_scripts.flatMap(({ js }) => js),
      manifest.action.default_popup,
      manifest.options_ui.page,
      manifest.storage?.managed_schema,
      `_locales/${manifest.default_locale}/messages.json`,
      ...Object.values(manifest.icons),
      ...Object.values(manifest.action.default_icon),
    ].filter((name) => name !== undefined);
    for (const name of named) assert.ok(names.includes(name), name);
    const known = /^((manifest|managed_schema|_locales\/[a-z]{2,3}\/messages)\.json|icons\/\d+\.png|src\/.+\.(js|css|html))$/;
    assert.deepEqual(names.filter((name) => !known.test(name)), []);
    const archive = zip(packed);
    assert.deepEqual(archive, zip(files(browser)));
    assert.deepEqual(unzip(archive), packed);
  });
}

test("each browser's manifest has what it takes, and nothing of another's", () => {
  const [chromium, edge, firefox] = browsers.map(manifestFor);
  assert.equal(chromium.key, manifest.key);
  assert.deepEqual({ ...chromium, key: undefined }, { ...edge, key: undefined });
  for (const { background, browser_specific_settings: gecko } of [chromium, edge]) {
    assert.deepEqual([typeof background.service_worker, background.scripts, gecko], ["string", undefined, undefined]);
  }
  assert.deepEqual(Object.keys(firefox.background).sort(), ["scripts", "type"]);
  assert.equal(firefox.browser_specific_settings.gecko.id, "wardkey@wardkey.org");
  for (const key of ["key", "minimum_chrome_version", "storage"]) {
    assert.deepEqual([firefox[key], key === "key" || edge[key] !== undefined], [undefined, true], key);
  }
  for (const { permissions, content_scripts, host_permissions } of [chromium, edge, firefox]) {
    assert.deepEqual(permissions, manifest.permissions);
    assert.deepEqual(content_scripts, manifest.content_scripts);
    assert.equal(host_permissions, undefined);
  }
});

/** @param {string} browser */
function manifestFor(browser) {
  const packed = files(browser).find(({ name }) => name === "manifest.json");
  return JSON.parse(packed.content.toString());
}

test("an archive that was tampered with is refused", () => {
  const archive = zip([{ name: "a", content: Buffer.from("hello") }]);
  archive[archive.indexOf("hello")] ^= 1;
  assert.throws(() => unzip(archive));
  assert.throws(() => unzip(zip([{ name: "../a", content: Buffer.from("x") }])));
});
