import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeEvent } from "./fake.mjs";

const installed = new FakeEvent();
const opened = [];
let installType = "normal";
globalThis.chrome = {
  runtime: {
    getManifest: () => ({ version: "0.1.0" }),
    getURL: (path) => `chrome-extension://own/${path}`,
    onConnect: new FakeEvent(),
    onMessage: new FakeEvent(),
    onInstalled: installed,
  },
  management: { getSelf: async () => ({ installType }) },
  tabs: { create: async ({ url }) => opened.push(url) },
};
await import("../src/background/main.js");

async function opens(reason, type) {
  installType = type;
  opened.length = 0;
  installed.fire({ reason });
  await new Promise((resolve) => setTimeout(resolve));
  return [...opened];
}

test("whoever installs it is shown what is still to be done", async () => {
  const welcome = ["chrome-extension://own/src/welcome/welcome.html"];
  assert.deepEqual(await opens("install", "normal"), welcome);
  assert.deepEqual(await opens("install", "sideload"), welcome);
});

test("an update opens nothing, nor does what an administrator installs or a developer loads", async () => {
  for (const reason of ["update", "chrome_update"]) assert.deepEqual(await opens(reason, "normal"), [], reason);
  for (const type of ["admin", "development"]) assert.deepEqual(await opens("install", type), [], type);
});
