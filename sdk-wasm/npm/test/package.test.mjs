import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { folder, tarball, version } from "./packed.mjs";

const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const files = readdirSync(folder, { recursive: true })
  .filter((name) => statSync(join(folder, name)).isFile())
  .sort();

test("the package has its files and no others", () => {
  const modules = [
    "base64",
    "connect",
    "connection",
    "core",
    "core_module",
    "error",
    "events",
    "index",
    "load",
    "port",
    "transfer",
    "verify",
    "verify_module",
    "wardkey",
  ];
  const expected = [
    "LICENSE",
    "README.md",
    "package.json",
    "dist/core.wasm",
    "dist/protocol.d.ts",
    "dist/verify.wasm",
    ...modules.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]),
  ];
  assert.deepEqual(files, expected.sort());
});

test("it depends on nothing, and every entry is there", () => {
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.sideEffects, false);
  for (const entry of Object.values(manifest.exports)) {
    for (const file of typeof entry === "string" ? [entry] : Object.values(entry)) {
      assert.ok(files.includes(file.slice(2)), file);
    }
  }
});

test("the version is the workspace's", () => {
  const cargo = readFileSync(new URL("../../../Cargo.toml", import.meta.url), "utf8");
  assert.equal(version, /\[workspace\.package\]\nversion = "([^"]+)"/.exec(cargo)?.[1]);
});

test("a program with the strictest types compiles against it", () => {
  const tsc = new URL("../node_modules/typescript/bin/tsc", import.meta.url).pathname;
  // Within the package its own name means itself.
  copyFileSync(new URL("./types.ts", import.meta.url), join(folder, "types.ts"));
  const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
  const modules = ["--module", "nodenext", "--types", "", "--lib", "es2022,dom,dom.iterable"];
  const command = [tsc, ...options, ...modules, "types.ts"];
  execFileSync(process.execPath, command, { cwd: folder, stdio: "inherit" });
});

test("sizes", () => {
  const gzipped = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;
  const line = (name) => `${name} ${statSync(join(folder, name)).size} (${gzipped(name)} gzipped)`;
  console.log(`${tarball.split("/").at(-1)} ${statSync(tarball).size}`);
  for (const name of files.filter((name) => /\.(wasm|js)$/.test(name))) console.log(line(name));
  // What a page loads to sign in and to sign, the transfer of large documents included.
  assert.ok(gzipped("dist/core.wasm") <= 84_000);
});
