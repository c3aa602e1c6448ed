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
    "abort",
    "adapters/credential-manager",
    "adapters/nhs-auth",
    "adapters/web-eid",
    "adapters/web-eid/errors",
    "adapters/web-eid/road",
    "api",
    "base64",
    "connect",
    "connecting",
    "connection",
    "core",
    "core_module",
    "core_octets",
    "elements",
    "elements/base",
    "elements/languages",
    "elements/session",
    "elements/sign",
    "elements/sign-in",
    "elements/style",
    "elements/words",
    "error",
    "events",
    "index",
    "inflate",
    "port",
    "react",
    "report",
    "slim",
    "stream",
    "transfer",
    "verify",
    "verify_module",
    "verify_octets",
    "wardkey",
  ];
  const expected = [
    "LICENSE",
    "README.md",
    "package.json",
    "dist/core.wasm",
    "dist/protocol.d.ts",
    ...modules.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]),
  ];
  assert.deepEqual(files, expected.sort());
});

test("it depends on nothing, and every entry is there", () => {
  assert.equal(manifest.dependencies, undefined);
  assert.deepEqual(manifest.sideEffects, ["./dist/elements.js"]);
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

test("every entry is in the README", () => {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  for (const entry of Object.keys(manifest.exports)) {
    if (entry !== "./package.json") assert.ok(readme.includes(`wardkey${entry.slice(1)}`), entry);
  }
});

test("sizes", () => {
  const gzipped = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;
  const line = (name) => `${name} ${statSync(join(folder, name)).size} (${gzipped(name)} gzipped)`;
  console.log(`${tarball.split("/").at(-1)} ${statSync(tarball).size}`);
  for (const name of files.filter((name) => /\.(wasm|js)$/.test(name))) console.log(line(name));
  // What a page loads to sign in and to sign, file by file, the core in it.
  const loaded = new Set();
  const follow = (name) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    const source = readFileSync(join(folder, "dist", name), "utf8");
    for (const [, next] of source.matchAll(/from "\.\/([^"]+)"/g)) follow(next);
  };
  follow("index.js");
  const sum = [...loaded].reduce((sum, name) => sum + gzipped(join("dist", name)), 0);
  console.log(`to sign in and to sign: ${loaded.size} files, ${sum} gzipped`);
  assert.ok(loaded.has("core_octets.js") && !loaded.has("verify.js"));
  assert.ok(sum <= 60_000);
});
