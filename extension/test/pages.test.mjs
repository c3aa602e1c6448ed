import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { MAX_FRAME } from "../src/background/frame.js";
import { Pages } from "../src/background/pages.js";
import { portPair } from "./fake.mjs";

const CONTEXT = {
  origin: "https://ward.example",
  topOrigin: "https://ward.example",
  top: true,
  document: "d",
};

/** Each start of the host program; the newest is the last. */
let hosts;
let lastError;
let now;
let pages;

beforeEach(() => {
  hosts = [];
  lastError = undefined;
  now = 0;
  pages = new Pages({
    version: "0.1.0",
    connect() {
      const [extension, host] = portPair();
      hosts.push(host);
      return extension;
    },
    lastError: () => lastError,
    now: () => now,
  });
});

function page(context = CONTEXT) {
  const page = { posted: [], closed: false };
  page.number = pages.add(
    { post: (message) => page.posted.push(message), disconnect: () => (page.closed = true) },
    context,
  );
  page.call = (id, command = "status", args = {}) =>
    pages.take(page.number, { activation: false, frame: { v: 1, id, command, args } });
  return page;
}

const host = () => hosts.at(-1);
const welcome = () =>
  host().postMessage({ welcome: { version: 1, agent: "0.1.0", boot: "b" } });
const answer = (port, id) => host().postMessage({ message: { port, frame: { id, ok: {} } } });

function breakHost(reason) {
  lastError = reason;
  host().disconnect();
}

test("a request for a proof reaches the agent as it is, with what the browser saw", () => {
  const signIn = page({ ...CONTEXT, origin: "https://id.example", topOrigin: "https://id.example" });
  const frame = { v: 1, id: 1, command: "authorize", args: { request: "eyJh.e30.c2ln" } };
  pages.take(signIn.number, { activation: true, frame });
  welcome();
  const { message } = host().received.find((sent) => "message" in sent);
  assert.deepEqual(message, { port: signIn.number, activation: true, frame });
});

test("nothing is started before somebody calls", () => {
  page();
  assert.equal(hosts.length, 0);
});

test("hello, one open for each page, then its messages", () => {
  const [one, other] = [page(), page({ ...CONTEXT, top: false })];
  one.call(1);
  one.call(2);
  other.call(1);
  assert.deepEqual(host().received.map((message) => Object.keys(message)[0]), [
    "hello",
    "open",
    "message",
    "message",
    "open",
    "message",
  ]);
  assert.deepEqual(host().received[1].open, { port: one.number, context: CONTEXT });
  assert.deepEqual(host().received[5].message, {
    port: other.number,
    activation: false,
    frame: { v: 1, id: 1, command: "status", args: {} },
  });
});

test("answers reach their own page, and only the extension's own view of activation counts", () => {
  const [one, other] = [page(), page()];
  const frame = { v: 1, id: 1, command: "status", args: {}, sender: { origin: "https://evil" } };
  pages.take(one.number, { activation: "yes", frame, origin: "https://evil" });
  assert.deepEqual(host().received[2], {
    message: { port: one.number, activation: false, frame },
  });
  answer(one.number, 1);
  answer(99, 1);
  assert.deepEqual(one.posted, [{ id: 1, ok: {} }]);
  assert.deepEqual(other.posted, []);
});

test("without a host every call says so, and the next one tries again after a while", () => {
  const one = page();
  one.call(1);
  one.call(2, "sign", {});
  breakHost("Specified native messaging host not found.");
  assert.deepEqual(one.posted.map(({ id, error }) => [id, error.code]), [
    [1, "host_missing"],
    [2, "host_missing"],
  ]);
  assert.equal(one.closed, false);
  one.call(3);
  assert.equal(one.posted[2].error.code, "host_missing");
  assert.equal(hosts.length, 1);
  now += 300;
  one.call(4);
  assert.equal(hosts.length, 2);
  welcome();
  answer(one.number, 4);
  assert.deepEqual(one.posted[3], { id: 4, ok: {} });
});

test("the pauses between failures grow, up to a limit", () => {
  const one = page();
  const pauses = [];
  for (let failure = 0; failure < 8; failure += 1) {
    one.call(1);
    breakHost("Native host has exited.");
    const before = now;
    const starts = hosts.length;
    while (hosts.length === starts) {
      now += 50;
      one.call(1);
    }
    pauses.push(now - before);
    hosts.pop().disconnect();
  }
  assert.deepEqual([...pauses].sort((a, b) => a - b), pauses);
  assert.equal(pauses.at(-1), 5000);
});

test("a fault before the welcome is the answer of every call", () => {
  const one = page();
  one.call(1);
  const fault = { code: "version_mismatch", message: "m.", remedy: "r." };
  host().postMessage({ fault });
  assert.deepEqual(one.posted, [{ id: 1, error: fault }]);
});

test("when the agent goes, calls end, and pages are let go to begin anew", () => {
  const [one, quiet, stranger] = [page(), page(), page()];
  quiet.call(1, "subscribe");
  one.call(1, "cards");
  one.call(2, "sign");
  one.call(3, "sign");
  welcome();
  answer(quiet.number, 1);
  answer(one.number, 3);
  one.posted.length = 0;
  breakHost("Native host has exited.");
  assert.deepEqual(one.posted.map((message) => message.error?.code ?? message.closed), [
    "agent_unreachable",
    "outcome_unknown",
    "agent_gone",
  ]);
  assert.deepEqual(quiet.posted.at(-1), { closed: "agent_gone" });
  assert.deepEqual([one.closed, quiet.closed, stranger.closed], [true, true, false]);
  assert.equal(pages.size, 1);
});

test("progress ends no call", () => {
  const one = page();
  one.call(1, "sign");
  welcome();
  host().postMessage({ message: { port: one.number, frame: { id: 1, progress: { done: 1 } } } });
  breakHost("");
  assert.equal(one.posted[1].error.code, "outcome_unknown");
});

test("the agent may let one page go", () => {
  const [one, other] = [page(), page()];
  one.call(1);
  other.call(1);
  welcome();
  host().postMessage({ close: { port: one.number } });
  assert.deepEqual([one.closed, other.closed], [true, false]);
  assert.equal(one.posted[0].error.code, "agent_unreachable");
});

test("a fault that names nobody begins everything anew", () => {
  const one = page();
  one.call(1);
  welcome();
  host().postMessage({ fault: { code: "message_malformed", message: "m.", remedy: "r." } });
  assert.deepEqual(one.posted.map((message) => message.error?.code ?? message.closed), [
    "message_malformed",
    "agent_gone",
  ]);
  now += 300;
  page().call(1);
  assert.equal(hosts.length, 2);
});

test("a page that goes is closed at the agent", () => {
  const [one, quiet] = [page(), page()];
  one.call(1);
  pages.remove(one.number);
  pages.remove(quiet.number);
  assert.deepEqual(host().received.at(-1), { close: { port: one.number } });
  one.call(2);
  assert.equal(host().received.length, 4);
});

test("a message beyond the limit is answered at once and not sent", () => {
  const one = page();
  one.call(1, "sign", { text: "x".repeat(MAX_FRAME) });
  one.call(2, "sign", { text: "\u20ac".repeat(MAX_FRAME / 2) });
  one.call(3, "sign", { text: "\u20ac".repeat(MAX_FRAME / 4) });
  assert.deepEqual(one.posted.map(({ id, error }) => [id, error.code, error.details]), [
    [1, "frame_too_large", { limit: MAX_FRAME }],
    [2, "frame_too_large", { limit: MAX_FRAME }],
  ]);
  assert.deepEqual(host().received.at(-1).message.frame.id, 3);
});

test("a value in many places is as large as JSON would make it", () => {
  let twice = [];
  for (let level = 0; level < 25; level += 1) twice = [twice, twice];
  const one = page();
  one.call(1, "status", { twice });
  one.call(2, "status", { list: new Array(MAX_FRAME + 1) });
  assert.deepEqual(
    one.posted.map(({ id, error }) => [id, error.code]),
    [
      [1, "frame_too_large"],
      [2, "frame_too_large"],
    ],
  );
  assert.equal(hosts.length, 0);
});

test("what is no message is answered and never reaches the shared connection", () => {
  let deep = {};
  for (let level = 0; level < 200; level += 1) deep = { deep };
  const call = (more) => ({ v: 1, id: 7, command: "status", args: {}, ...more });
  const one = page();
  for (const [frame, id] of [
    [undefined, undefined],
    [null, undefined],
    ["status", undefined],
    [[], undefined],
    [{}, undefined],
    [call({ id: "7" }), undefined],
    [call({ id: -1 }), undefined],
    [call({ id: 1.5 }), undefined],
    [call({ id: 2 ** 32 }), undefined],
    [call({ command: 7 }), 7],
    [call({ args: deep }), 7],
    [call({ args: { text: "\ud800" } }), 7],
    [call({ args: { "\ud800": 1 } }), 7],
    // What Firefox hands over, and JSON writes otherwise or not at all.
    [call({ args: { list: new Array(300_000) } }), 7],
    [call({ args: { at: new Date(0) } }), 7],
    [call({ args: { number: Object(-1.5) } }), 7],
    [call({ args: { number: 1n } }), 7],
    [call({ args: { map: new Map() } }), 7],
  ]) {
    one.posted.length = 0;
    pages.take(one.number, { activation: false, frame });
    assert.equal(one.posted.length, 1, String(frame?.args));
    assert.equal(one.posted[0].error.code, "message_malformed");
    assert.equal(one.posted[0].id, id);
  }
  assert.equal(hosts.length, 0);
});

test("chunks go on as far as the agent asked for them, the first two unasked, and no further", () => {
  const one = page();
  const chunk = (id, number, octets = "aGk=") => ({ id, chunk: { document: "a", number, octets } });
  const send = (frame) => pages.take(one.number, { activation: false, frame });
  const passed = () => host().received.filter(({ message }) => message?.frame.chunk).length;
  one.call(1, "sign");
  welcome();
  // Nobody asked yet.
  for (let number = 0; number < 3; number += 1) send(chunk(1, number));
  assert.equal(passed(), 2);
  assert.deepEqual(one.posted.map(({ id, error }) => [id, error.code]), [[1, "chunk_invalid"]]);
  assert.deepEqual(host().received.at(-1).message.frame, { cancel: 1 });
  one.posted.length = 0;

  one.call(2, "sign");
  host().postMessage({ message: { port: one.number, frame: { id: 2, credit: 3 } } });
  assert.deepEqual(one.posted, [{ id: 2, credit: 3 }]);
  for (let number = 0; number < 5; number += 1) send(chunk(2, number));
  assert.equal(passed(), 5);
  assert.deepEqual(one.posted.slice(1).map(({ error }) => error.code), ["chunk_invalid", "chunk_invalid"]);
  // Those of a call that has ended, or was none.
  send(chunk(2, 5));
  send(chunk(9, 0));
  assert.equal(passed(), 5);
});

test("signatures in chunks reach their page, whose credit reaches the agent", () => {
  const one = page();
  one.call(1, "sign");
  welcome();
  const chunk = { id: 1, chunk: { document: "a", number: 0, octets: "aGk=" } };
  host().postMessage({ message: { port: one.number, frame: chunk } });
  assert.deepEqual(one.posted, [chunk]);
  pages.take(one.number, { activation: false, frame: { id: 1, credit: 9 } });
  assert.deepEqual(host().received.at(-1).message.frame, { id: 1, credit: 9 });
  // The call is still under way.
  breakHost("");
  assert.equal(one.posted[1].error.code, "outcome_unknown");
});

test("a chunk that is too large or no text is answered", () => {
  const one = page();
  one.call(1, "sign");
  welcome();
  host().postMessage({ message: { port: one.number, frame: { id: 1, credit: 8 } } });
  one.posted.length = 0;
  const send = (octets) =>
    pages.take(one.number, { frame: { id: 1, chunk: { document: "a", number: 0, octets } } });
  send("A".repeat(MAX_FRAME));
  send("\ud800");
  assert.deepEqual(one.posted.map(({ error }) => error.code), ["frame_too_large", "chunk_invalid"]);
});

test("a cancel is passed on and is no call", () => {
  const one = page();
  one.call(1);
  pages.take(one.number, { activation: false, frame: { cancel: 1 } });
  assert.deepEqual(host().received.at(-1).message.frame, { cancel: 1 });
});

test("pages beyond the relay's limit are told, and cost nobody else the connection", () => {
  for (let count = 0; count < 1000; count += 1) page().call(1);
  const last = page();
  last.call(1);
  assert.equal(last.posted[0].error.code, "rate_limited");
  assert.equal(host().received.filter((message) => "open" in message).length, 1000);
});

test("the popup hears of the agent, or why there is none", async () => {
  const first = pages.host.status();
  welcome();
  assert.deepEqual(await first, { welcome: { version: 1, agent: "0.1.0", boot: "b" } });
  assert.equal((await pages.host.status()).welcome.agent, "0.1.0");
  breakHost("Native host has exited.");
  now += 300;
  const second = pages.host.status();
  breakHost("Access to the specified native messaging host is forbidden.");
  assert.equal((await second).fault.code, "host_missing");
});

test("a host that was let go is started again by the next call", () => {
  const one = page();
  one.call(1);
  welcome();
  answer(one.number, 1);
  pages.remove(one.number);
  pages.host.release();
  assert.equal(host().closed, true);
  const other = page();
  other.call(1);
  assert.equal(hosts.length, 2);
  assert.equal(other.posted.length, 0);
});
