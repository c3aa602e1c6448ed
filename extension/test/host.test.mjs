import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { isOwn } from "../src/background/context.js";
import { Host } from "../src/background/host.js";
import { portPair } from "./fake.mjs";

let host;
let program;
let received;

beforeEach(() => {
  received = [];
  host = new Host(
    {
      version: "0.1.0",
      connect: () => {
        const [browser, other] = portPair();
        program = other;
        return browser;
      },
      lastError: () => "Specified native messaging host not found.",
      now: () => 0,
    },
    { received: (message) => received.push(message), broken: () => {} },
  );
});

const welcome = (own) =>
  program.postMessage({ welcome: { version: 1, agent: "0.1.0", boot: "b", ...own } });
const asked = () => program.received.filter((message) => "own" in message);

test("what is the extension's own is asked beside the pages, and answered by its id", async () => {
  const [one, other] = [host.ask("diagnostics"), host.ask("diagnostics")];
  welcome({ own: ["diagnostics"] });
  await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(asked().map(({ own }) => own), [
    { id: 1, command: "diagnostics" },
    { id: 2, command: "diagnostics" },
  ]);
  program.postMessage({ own: { id: 2, error: { code: "internal" } } });
  program.postMessage({ own: { id: 1, ok: { findings: [] } } });
  program.postMessage({ own: { id: 9, ok: {} } });
  assert.deepEqual(await one, { ok: { findings: [] } });
  assert.deepEqual(await other, { fault: { code: "internal" } });
  assert.deepEqual(received, []);
});

test("an agent that does not know the command is not asked", async () => {
  const answer = host.ask("diagnostics");
  welcome();
  const { fault } = await answer;
  assert.equal(fault.code, "version_mismatch");
  assert.deepEqual(fault.details, { agent: "0.1.0", extension: "0.1.0" });
  assert.deepEqual(asked(), []);
});

test("without a host, and when it goes, who asked is told", async () => {
  const none = host.ask("diagnostics");
  program.disconnect();
  assert.equal((await none).fault.code, "host_missing");
  const other = new Host({ ...host.surroundings, lastError: () => undefined }, host.listener);
  const lost = other.ask("diagnostics");
  welcome({ own: ["diagnostics"] });
  await new Promise((resolve) => setTimeout(resolve));
  other.release();
  assert.equal(program.closed, false, "it was let go while somebody waited");
  program.disconnect();
  assert.equal((await lost).fault.code, "agent_unreachable");
});

test("only the extension's own pages are its own", () => {
  globalThis.chrome = { runtime: { id: "ours", getURL: (path) => `chrome-extension://ours/${path}` } };
  const own = { id: "ours", url: "chrome-extension://ours/src/diagnostics/diagnostics.html" };
  assert.equal(isOwn(own), true);
  for (const other of [
    { id: "ours", url: "https://ward.example/" },
    { id: "ours", url: "https://ward.example/chrome-extension://ours/" },
    { id: "ours" },
    { id: "other", url: own.url },
    { url: own.url },
  ]) {
    assert.equal(isOwn(other), false, JSON.stringify(other));
  }
});
