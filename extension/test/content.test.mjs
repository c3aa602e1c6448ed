import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import vm from "node:vm";
import { portPair } from "./fake.mjs";

const source = readFileSync(new URL("../src/content.js", import.meta.url), "utf8");

/** A window with the content script in it. */
class FakeWindow extends EventTarget {
  background = [];
  isSecureContext = true;
  navigator = { userActivation: { isActive: false } };
  document = { visibilityState: "visible", readyState: "loading" };
  chrome = {
    runtime: {
      id: "an-extension",
      getManifest: () => ({ version: "0.1.0" }),
      connect: ({ name }) => {
        const [content, background] = portPair();
        this.background.push({ name, port: background });
        return content;
      },
    },
  };

  constructor(readyState = "loading") {
    super();
    this.document.readyState = readyState;
    const globals = {
      chrome: this.chrome,
      document: this.document,
      location: { origin: "https://ward.example" },
      navigator: this.navigator,
      window: this,
      addEventListener: this.addEventListener.bind(this),
      removeEventListener: this.removeEventListener.bind(this),
    };
    Object.defineProperty(globals, "isSecureContext", { get: () => this.isSecureContext });
    vm.runInNewContext(source, globals);
  }

  /** What a content script posts to its window. */
  said = [];
  postMessage(message, origin) {
    this.said.push([message, origin]);
  }

  /** What a browser does with `postMessage`; whether the page's own scripts saw it. */
  post(data, ports, { source = this, isTrusted = true } = {}) {
    let seen = false;
    const spy = () => (seen = true);
    this.addEventListener("message", spy);
    const event = Object.assign(new Event("message"), { data, ports, source });
    Object.defineProperty(event, "isTrusted", { value: isTrusted });
    this.dispatchEvent(event);
    this.removeEventListener("message", spy);
    return seen;
  }
}

const HELLO = { wardkey: { versions: { min: 1, max: 1 }, sdk: "0.1.0" } };

let page;
let channel;

beforeEach((context) => {
  page = new FakeWindow();
  channel = new MessageChannel();
  context.after(() => channel.port1.close());
});

/** The next message on the page's own port. */
function next() {
  return new Promise((resolve) => {
    channel.port1.onmessage = ({ data }) => resolve(data);
  });
}

async function joined() {
  page.post(HELLO, [channel.port2]);
  assert.deepEqual(await next(), { hello: { version: 1, extension: "0.1.0" } });
  return page.background[0].port;
}

test("a page that asks is joined, and no script of the page sees the port", async () => {
  assert.equal(page.post(HELLO, [channel.port2]), false);
  assert.deepEqual(await next(), { hello: { version: 1, extension: "0.1.0" } });
  assert.equal(page.background[0].name, "page");
});

test("started in a page that is there already it says so: whatever was before it is gone", () => {
  assert.deepEqual(page.said, []);
  const { said } = new FakeWindow("complete");
  assert.equal(JSON.stringify(said), '[[{"wardkey":{"started":true}},"*"]]');
});

test("whatever is no greeting is left alone", () => {
  const { port2 } = channel;
  for (const [data, ports, more] of [
    ["hello", []],
    [HELLO, []],
    [HELLO, [port2, port2]],
    [null, [port2]],
    [{}, [port2]],
    [{ wardkey: true }, [port2]],
    [{ wardkey: { versions: { min: "1", max: 1 } } }, [port2]],
    [HELLO, [port2], { source: {} }],
    [HELLO, [port2], { source: null }],
    [HELLO, [port2], { isTrusted: false }],
  ]) {
    assert.equal(page.post(data, ports, more), true, JSON.stringify(data));
  }
  assert.equal(page.background.length, 0);
});

test("an insecure page is told so, and gets no further", async () => {
  page.isSecureContext = false;
  page.post(HELLO, [channel.port2]);
  assert.equal((await next()).error.code, "context_insecure");
  assert.equal(page.background.length, 0);
});

test("the newest common version is agreed on", async () => {
  page.post({ wardkey: { versions: { min: 1, max: 9 }, sdk: "9.0.0" } }, [channel.port2]);
  assert.deepEqual(await next(), { hello: { version: 2, extension: "0.1.0" } });
});

test("a page without a common version gets no further", async () => {
  page.post({ wardkey: { versions: { min: 3, max: 9 }, sdk: "9.0.0" } }, [channel.port2]);
  assert.deepEqual(await next(), { hello: { version: undefined, extension: "0.1.0" } });
  assert.equal(page.background.length, 0);
});

test("a script that an update left behind does not answer", () => {
  page.chrome.runtime.id = undefined;
  assert.equal(page.post(HELLO, [channel.port2]), true);
});

test("messages go through with the browser's view of activation, whatever the page says", async () => {
  const background = await joined();
  const heard = () =>
    new Promise((resolve) => background.onMessage.addListener((message) => resolve(message)));
  const frame = { v: 1, id: 1, command: "status", args: {}, activation: true };
  let message = heard();
  channel.port1.postMessage(frame);
  assert.deepEqual(await message, { activation: false, frame });

  page.navigator.userActivation.isActive = true;
  message = heard();
  channel.port1.postMessage(frame);
  await message;
  assert.equal(background.received.at(-1).activation, true);

  page.document.visibilityState = "hidden";
  const third = new Promise((resolve) => background.onMessage.addListener(resolve));
  channel.port1.postMessage(frame);
  await third;
  assert.equal(background.received.at(-1).activation, false);

  const answer = next();
  background.postMessage({ id: 1, ok: {} });
  assert.deepEqual(await answer, { id: 1, ok: {} });
});

test("what the browser cannot carry is answered", async () => {
  await joined();
  const answer = next();
  channel.port1.postMessage({ id: 5, command: "sign", args: { big: 1n } });
  const { id, error } = await answer;
  assert.deepEqual([id, error.code], [5, "message_malformed"]);
});

test("what is too large for the browser itself is answered", async () => {
  const background = await joined();
  background.peer.postMessage = () => {
    throw new Error("Message exceeded maximum allowed size of 64MiB.");
  };
  const answer = next();
  channel.port1.postMessage({ id: 5, command: "sign", args: {} });
  assert.equal((await answer).error.code, "frame_too_large");
});

test("a page that is put away is let go", async () => {
  const background = await joined();
  const end = next();
  page.dispatchEvent(new Event("pagehide"));
  assert.deepEqual(await end, { closed: "page_hidden" });
  assert.equal(background.closed, true);
});

test("a background that stops ends the port", async () => {
  const background = await joined();
  const end = next();
  background.disconnect();
  assert.deepEqual(await end, { closed: "extension_gone" });
});

test("a background that lets the page go says why, once", async () => {
  const background = await joined();
  const heard = [];
  const closed = new Promise((resolve) => channel.port1.addEventListener("close", resolve));
  channel.port1.onmessage = ({ data }) => heard.push(data);
  background.postMessage({ closed: "agent_gone" });
  background.disconnect();
  await closed;
  assert.deepEqual(heard, [{ closed: "agent_gone" }]);
});

test("a page that closes its port is let go", async () => {
  const background = await joined();
  const gone = new Promise((resolve) => background.onDisconnect.addListener(resolve));
  channel.port1.close();
  await gone;
});

test("a page that says that its connection is closed is let go, and its background hears nothing of it", async () => {
  const background = await joined();
  const gone = new Promise((resolve) => background.onDisconnect.addListener(resolve));
  channel.port1.postMessage({ closed: true });
  await gone;
  assert.deepEqual(background.received, []);
});

test("asked whether it is there it answers by itself", async () => {
  const background = await joined();
  const answer = next();
  channel.port1.postMessage({ alive: true });
  assert.deepEqual(await answer, { alive: true });
  assert.deepEqual(background.received, []);
});

test("calls of web-eid.js go to the background, which answers them or does not", () => {
  const call = { action: "web-eid:status", libraryVersion: "2.1.0" };
  page.navigator.userActivation.isActive = true;
  assert.equal(page.post(call, []), true, "others see it too: the Web eID extension, where there is one");
  const [{ name, port }] = page.background;
  assert.equal(name, "web-eid");
  assert.deepEqual(port.received, [{ activation: true, secure: true, message: call }]);
  assert.deepEqual(page.said, []);
  const answer = { action: "web-eid:status-ack" };
  port.postMessage(answer);
  assert.deepEqual(page.said, [[answer, "https://ward.example"]]);
  page.post({ action: "web-eid:sign" }, []);
  assert.deepEqual([page.background.length, port.received.length], [1, 2]);
  // Begun anew after the background was.
  port.disconnect();
  page.post(call, []);
  assert.equal(page.background.length, 2);
});

test("nothing else that a page says to itself leaves it", () => {
  for (const data of [
    undefined,
    null,
    "web-eid:status",
    { action: "web-eid:status-ack" },
    { action: "web-eid:sign-success" },
    { action: "web-eid:warning" },
    { action: ["web-eid:status"] },
    { action: "status" },
  ]) {
    page.post(data, []);
  }
  const call = { action: "web-eid:status" };
  page.post(call, [], { source: {} });
  page.post(call, [], { isTrusted: false });
  page.chrome.runtime.id = undefined;
  page.post(call, []);
  assert.deepEqual(page.background, []);
});
