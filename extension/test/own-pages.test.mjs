import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ask, status } from "../src/agent.js";
import { OwnPages } from "../src/background/own.js";
import { barOf, cardOf, leftOf } from "../src/popup/said.js";
import { byOf, wordOf } from "../src/settings/said.js";
import { stepsFor } from "../src/welcome/steps.js";
import { sayingIn } from "../src/words.js";
import { portPair } from "./fake.mjs";

const say = sayingIn("en");

test("where the card is", () => {
  const reader = (name, cardPresent) => ({ name, cardPresent });
  assert.equal(cardOf([], say), "No card reader is connected.");
  assert.equal(cardOf([reader("A", false)], say), "No card is in a reader.");
  assert.equal(cardOf([reader("A", true), reader("B", false), reader("C", true)], say), "Card in A, C");
});

test("how long a session goes on", () => {
  const left = (expiresInSeconds, locksInSeconds) =>
    leftOf({ expiresInSeconds, locksInSeconds, lifetimeSeconds: 36000 }, say);
  assert.equal(left(26_000), "7 h 13 min left");
  assert.equal(left(3600), "1 h 0 min left");
  assert.equal(left(3599), "59 min left");
  assert.equal(left(59), "less than a minute left");
  assert.equal(left(3600, 61), "Locks after 2 min without use");
  assert.equal(left(60, 600), "1 min left");
  const bar = (expiresInSeconds, lifetimeSeconds) => barOf({ expiresInSeconds, lifetimeSeconds });
  assert.deepEqual(bar(27_000, 36_000), { share: 75, short: false });
  assert.deepEqual(bar(300, 36_000), { share: 1, short: true });
  assert.deepEqual(bar(5, 0), { share: 0, short: true });
});

test("what a site may do is said in words, by whom, and what is not known by its name", () => {
  const types = readFileSync(new URL("../../crates/protocol/bindings/protocol.d.ts", import.meta.url), "utf8");
  const [, names] = /export type Capability = ([^;]+);/.exec(types);
  const all = names.split("|").map((name) => JSON.parse(name.trim()));
  assert.equal(new Set(all.map((name) => wordOf(name, say))).size, all.length);
  assert.ok(all.every((name) => !wordOf(name, say).includes("(")));
  assert.match(wordOf("print", say), /\(print\)$/);
  assert.equal(byOf({ capability: "sign", by: "policy" }, say, "en"), "by this computer’s policy");
  const consent = { capability: "sign", by: "consent", uid: "555", since: 1_700_000_000 };
  assert.match(byOf(consent, say, "en-GB"), /^allowed by 555 on 1[45] November 2023$/);
});

test("each system has its steps, and what is typed is what the documents say", () => {
  const deploying = readFileSync(new URL("../../docs/deploying.md", import.meta.url), "utf8");
  const typedOn = (arch) => stepsFor({ os: "linux", arch }, "0.1.0").flatMap(({ commands = [] }) => commands);
  const typed = typedOn("x86-64");
  assert.ok(typed.length > 2);
  for (const line of typed) {
    for (const part of line.split(" && ")) assert.ok(deploying.includes(part), part);
  }
  for (const os of ["mac", "win", "cros"]) {
    assert.equal(stepsFor({ os, arch: "x86-64" }, "0.1.0").length, 1, os);
  }

  // Chromium's and Firefox's words for the one processor; and one that no package is built for.
  const packages = readFileSync(new URL("../../xtask/src/package/tarball.rs", import.meta.url), "utf8");
  for (const arch of ["arm64", "aarch64"]) {
    const [all, , one] = typedOn(arch);
    assert.match(all, /_arm64\.deb$/);
    assert.match(one, /-linux-aarch64\.tar\.gz /);
  }
  for (const target of ["linux-aarch64", "linux-x86_64"]) assert.ok(packages.includes(target), target);
  assert.deepEqual(stepsFor({ os: "linux", arch: "mips" }, "0.1.0"), [{ word: "welcomeOther" }]);
});

test("a question that the background does not answer ends with a fault", async () => {
  const replies = [() => Promise.reject(new Error("gone")), async () => undefined, async () => ({ ok: 7 })];
  globalThis.chrome = { runtime: { sendMessage: () => replies.shift()() } };
  assert.equal((await ask("diagnostics")).fault.code, "agent_unreachable");
  assert.equal((await status()).fault.code, "agent_unreachable");
  assert.deepEqual(await ask("overview"), { ok: 7 });
});

test("pages that are open hear of changes together, and of none once they are closed", async () => {
  let watched = 0;
  const own = new OwnPages({ watch: () => (watched += 1) });
  own.changed();
  const [page, background] = portPair();
  own.add(background);
  assert.deepEqual([own.size, watched], [1, 1]);
  for (let count = 0; count < 20; count += 1) own.changed();
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual(page.received, ["changed"]);
  page.postMessage("watch");
  assert.equal(watched, 2);
  page.disconnect();
  own.changed();
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual([own.size, page.received.length], [0, 1]);
});
