import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { fakeWindow, until } from "./fake.mjs";
import { load } from "./packed.mjs";

const { connect } = await load("dist/index.js");

let window;
let wardkey;
let snapshot;

beforeEach(async () => {
  window = fakeWindow();
  snapshot = { seq: 0, cardPresent: true };
  window.agent = ({ command }) => ({ ok: command === "subscribe" ? snapshot : { session: {} } });
  wardkey = await connect();
});

afterEach(() => wardkey.close());

const commands = (port) => port.requests.map(({ command }) => command);
const subscribed = () => until(() => commands(window.port).includes("subscribe"));
const event = (seq, name, data = {}) => window.send({ seq, event: name, data });

test("nobody subscribes who does not listen", async () => {
  await wardkey.status();
  assert.deepEqual(commands(window.port), ["status"]);
});

test("handlers hear their own event, until they stop", async () => {
  const heard = [];
  const stop = wardkey.on("card_removed", (data) => heard.push(data));
  wardkey.on("card_inserted", () => heard.push("inserted"));
  await subscribed();
  event(1, "card_removed", { reader: "R", cardPresent: false });
  await until(() => heard.length === 1);
  stop();
  event(2, "card_removed");
  event(3, "card_inserted");
  await until(() => heard.length === 2);
  assert.deepEqual(heard, [{ reader: "R", cardPresent: false }, "inserted"]);
  assert.deepEqual(commands(window.port), ["subscribe"]);
});

test("a signal ends a handler", async () => {
  const heard = [];
  const controller = new AbortController();
  wardkey.on("card_removed", () => heard.push("removed"), { signal: controller.signal });
  wardkey.on("card_inserted", () => heard.push("inserted"));
  wardkey.on("card_inserted", () => heard.push("never"), { signal: AbortSignal.abort() });
  await subscribed();
  event(1, "card_removed");
  await until(() => heard.length === 1);
  controller.abort();
  event(2, "card_removed");
  event(3, "card_inserted");
  await until(() => heard.length === 2);
  assert.deepEqual(heard, ["removed", "inserted"]);
});

test("the iterator gives events in order and ends when told", async () => {
  const controller = new AbortController();
  const heard = [];
  const loop = (async () => {
    for await (const { event, data } of wardkey.events({ signal: controller.signal })) {
      heard.push([event, data.cardPresent]);
    }
  })();
  await subscribed();
  event(1, "card_removed", { cardPresent: false });
  event(2, "card_inserted", { cardPresent: true });
  await until(() => heard.length === 2);
  controller.abort();
  await loop;
  assert.deepEqual(heard, [
    ["card_removed", false],
    ["card_inserted", true],
  ]);

  const endless = wardkey.events();
  const next = endless.next();
  wardkey.close();
  assert.deepEqual(await next, { value: undefined, done: true });
  for await (const _ of wardkey.events({ signal: AbortSignal.abort() })) assert.fail();
});

test("a road that broke is opened again at once, and what was missed is told", async () => {
  const heard = [];
  wardkey.on("session_changed", ({ state }) => heard.push(`session ${state}`));
  wardkey.on("card_removed", ({ cardPresent }) => heard.push(`card ${cardPresent}`));
  await subscribed();
  await wardkey.signIn();
  window.agent = ({ command }) => (command === "subscribe" ? { ok: snapshot } : undefined);
  const calls = Promise.allSettled([
    wardkey.authenticate({ nonce: "n".repeat(44) }),
    wardkey.sign({
      format: "raw",
      documents: [{ id: "a", name: "A", mediaType: "text/plain", content: "x" }],
    }),
  ]);
  await until(() => commands(window.port).includes("sign"));
  snapshot = { seq: 0, cardPresent: false };
  const joined = window.joined();
  window.end("agent_gone");
  await joined;
  await subscribed();
  await until(() => heard.length === 2);
  assert.deepEqual(heard, ["session suspended", "card false"]);
  assert.deepEqual((await calls).map(({ reason }) => reason.code), [
    "agent_unreachable",
    "outcome_unknown",
  ]);
  assert.equal(window.ports.length, 2);
});

test("an extension that was replaced under an open page ends what was under way, and is asked anew", async () => {
  const { agent } = window;
  window.agent = (request) => (request.command === "sign" ? undefined : agent(request));
  const documents = [{ id: "1", name: "Note", mediaType: "text/plain", content: "Seen." }];
  const signing = wardkey.sign({ format: "cades", documents });
  await until(() => commands(window.port).includes("sign"));
  // A frame's word is not the page's, and another word is not this one.
  for (const [data, source] of [[{ wardkey: { started: true } }, {}], [{ wardkey: { started: "yes" } }, window]]) {
    window.dispatchEvent(Object.assign(new Event("message"), { data, source }));
  }
  assert.equal((await wardkey.status()).session !== undefined, true);
  assert.equal(window.ports.length, 1);
  window.postMessage({ wardkey: { started: true } }, "/");
  await assert.rejects(signing, { code: "outcome_unknown" });
  await wardkey.status();
  assert.equal(window.ports.length, 2);
});

test("what only reads is asked once more over a new road, and no more than that", async () => {
  const answers = [undefined, { ok: { agent: "0.1.0" } }];
  const ended = () => {
    const answer = answers.shift();
    if (!answer) window.end("agent_gone");
    return answer;
  };
  window.agent = ended;
  assert.equal((await wardkey.status()).agent, "0.1.0");
  assert.deepEqual(window.ports.map(commands), [["status"], ["status"]]);

  // A host that does not start is told by the answer, and the port stays.
  const away = { error: { code: "agent_unreachable", message: "m.", remedy: "r." } };
  answers.push(away, { ok: { user: "Amira" } });
  assert.equal(await wardkey.user(), "Amira");
  assert.equal(window.ports.length, 2);

  answers.push(away, away, { ok: {} });
  await assert.rejects(wardkey.cards(), { code: "agent_unreachable" });
  assert.equal(answers.length, 1);
  await wardkey.status();

  // Neither what acts, nor what was refused.
  answers.push(away, { ok: {} });
  await assert.rejects(wardkey.signOut(), { code: "agent_unreachable" });
  answers.unshift({ error: { code: "session_missing", message: "m.", remedy: "r." } });
  await assert.rejects(wardkey.ticket(), { code: "session_missing" });
  assert.equal(answers.length, 1);

  // Nor does it keep anybody who has given up.
  const controller = new AbortController();
  answers.unshift(away);
  const call = wardkey.status({ signal: controller.signal });
  await until(() => answers.length === 1);
  controller.abort();
  await assert.rejects(call, { code: "cancelled" });
  assert.equal(answers.length, 1);
});

test("without listeners the road is opened again by the next call", async () => {
  await wardkey.status();
  window.end("agent_gone");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(window.ports.length, 1);
  await wardkey.status();
  assert.equal(window.ports.length, 2);
});

test("a road that keeps breaking is not opened ever again in a hurry", async () => {
  window.agent = ({ command }) => {
    if (command === "subscribe") window.end("agent_gone");
  };
  wardkey.on("card_removed", () => {});
  await until(() => window.ports.length >= 1 && commands(window.port).length >= 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(window.ports.length, 1);
});

test("an old port has no say any more", async () => {
  await wardkey.status();
  const old = window.port;
  old.postMessage({ closed: "agent_gone" });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await wardkey.status();
  assert.equal(window.ports.length, 2);
  window.agent = () => undefined;
  const ticket = wardkey.ticket();
  await until(() => commands(window.port).includes("ticket"));
  old.postMessage({ id: 3, ok: { ticket: "forged" } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  window.send({ id: 3, ok: { ticket: "real" } });
  assert.equal((await ticket).ticket, "real");
});

test("a page that is put away loses its port, and has another when it is shown", async () => {
  const heard = [];
  wardkey.on("session_changed", ({ state }) => heard.push(state));
  await subscribed();
  await wardkey.signIn();
  window.agent = ({ command }) => (command === "subscribe" ? { ok: snapshot } : undefined);
  const call = wardkey.cards();
  await until(() => commands(window.port).includes("cards"));
  window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
  await assert.rejects(call, { code: "cancelled" });
  assert.deepEqual(heard, ["suspended"]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(window.ports.length, 1);
  const joined = window.joined();
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await joined;
  await subscribed();
});

test("whom the page lets call is told again over a new port, and nobody is where it took that back", async () => {
  const told = (port) => port.requests.filter(({ command }) => command === "delegate").map(({ args }) => args.origins);
  const letters = ["https://letters.example"];
  await wardkey.delegate(letters);
  let joined = window.joined();
  window.end("agent_gone");
  // Nobody listens or calls: the frames do.
  await joined;
  await until(() => commands(window.port).includes("delegate"));
  assert.deepEqual(told(window.port), [letters]);

  // What was refused does not count, what was before does.
  const refused = { error: { code: "argument_invalid", message: "m.", remedy: "r." } };
  window.agent = ({ command }) => (command === "delegate" ? refused : { ok: {} });
  await assert.rejects(wardkey.delegate(["letters.example"]), { code: "argument_invalid" });
  window.agent = () => ({ ok: {} });
  window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
  joined = window.joined();
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await joined;
  await until(() => commands(window.port).includes("delegate"));
  assert.deepEqual(told(window.port), [letters]);

  await wardkey.delegate([]);
  window.end("extension_gone");
  await new Promise((resolve) => setTimeout(resolve, 20));
  await wardkey.status();
  assert.deepEqual(commands(window.port), ["status"]);
});

test("the extension gone for good is said by the next call", async () => {
  await wardkey.status();
  window.extension = false;
  window.end("extension_gone");
  await new Promise((resolve) => setTimeout(resolve, 5));
  await assert.rejects(wardkey.status(), { code: "extension_missing" });
  window.extension = true;
  await wardkey.status();
});

test("signing in brings the events that were not granted before", async () => {
  snapshot = { seq: 0 };
  const heard = [];
  wardkey.on("card_removed", () => heard.push("removed"));
  await subscribed();
  snapshot = { seq: 0, cardPresent: true };
  await wardkey.signIn();
  await until(() => commands(window.port).filter((name) => name === "subscribe").length >= 2);
  event(1, "card_removed");
  await until(() => heard.length === 1);
});
