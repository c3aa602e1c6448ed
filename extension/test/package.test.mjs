import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";
import { files } from "../pack.mjs";
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

test("everything that the manifest names is packed, and packing twice gives the same", () => {
  const packed = files();
  const names = packed.map(({ name }) => name);
  const named = [
    manifest.background.service_worker,
    ...manifest.background.scripts,
    ...manifest.content_scripts.flatMap(({ js }) => js),
    manifest.action.default_popup,
    manifest.storage.managed_schema,
    ...Object.values(manifest.icons),
    ...Object.values(manifest.action.default_icon),
  ];
  for (const name of named) assert.ok(names.includes(name), name);
  assert.ok(names.every((name) => /^((manifest|managed_schema)\.json|icons\/\d+\.png|src\/.+\.(js|css|html))$/.test(name)));
  const archive = zip(packed);
  assert.deepEqual(archive, zip(files()));
  assert.deepEqual(unzip(archive), packed);
});

test("an archive that was tampered with is refused", () => {
  const archive = zip([{ name: "a", content: Buffer.from("hello") }]);
  archive[archive.indexOf("hello")] ^= 1;
  assert.throws(() => unzip(archive));
  assert.throws(() => unzip(zip([{ name: "../a", content: Buffer.from("x") }])));
});
