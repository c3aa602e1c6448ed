import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { Pages } from "../src/background/pages.js";
import { algorithmOf, codeOf, joseOf } from "../src/background/web-eid-terms.js";
import { WebEid } from "../src/background/web-eid.js";
import { portPair } from "./fake.mjs";

const CONTEXT = { origin: "https://eid.example", topOrigin: "https://eid.example", top: true, document: "d" };

let agent;
let posted;
let shim;
/** What the agent answers: of its own commands, and of a page's. */
let own;
let answers;

beforeEach(() => {
  posted = [];
  own = { ok: { webEid: true } };
  answers = {};
  const pages = new Pages({
    version: "0.1.0",
    connect() {
      const [extension, other] = portPair();
      agent = other;
      agent.onMessage.addListener((message) => queueMicrotask(() => answer(message)));
      return extension;
    },
    lastError: () => "",
    now: () => 0,
  });
  shim = new WebEid(pages, CONTEXT, (message) => posted.push(message));
});

function answer(message) {
  if (message.hello) agent.postMessage({ welcome: { version: 2, agent: "1", boot: "b", own: ["shims"] } });
  if (message.own) agent.postMessage({ own: { id: message.own.id, ...own } });
  if (!message.message) return;
  const { port, frame } = message.message;
  const said = answers[frame.command] ?? { ok: {} };
  agent.postMessage({ message: { port, frame: { id: frame.id, ...said } } });
}

const frames = () => agent.received.filter(({ message }) => message).map(({ message }) => message);

async function call(message, { activation = true, secure = true } = {}) {
  await shim.take({ activation, secure, message: { libraryVersion: "2.1.0", ...message } });
  return posted;
}

test("on a site without the shim nothing is answered, and nothing is asked but that", async () => {
  own = { ok: { webEid: false } };
  assert.deepEqual(await call({ action: "web-eid:status" }), []);
  assert.deepEqual(agent.received.filter(({ own: asked }) => asked).map(({ own: asked }) => asked), [
    { id: 1, command: "shims", args: { origin: CONTEXT.origin, top: true } },
  ]);
  assert.deepEqual(frames(), []);
});

test("status: the acknowledgement first, then versions that the library takes", async () => {
  assert.deepEqual(await call({ action: "web-eid:status" }), [
    { action: "web-eid:status-ack" },
    { action: "web-eid:status-success", library: "2.1.0", extension: "2.0.0", nativeApp: "2.0.0" },
  ]);
});

test("authenticate is the page's own call, with its click", async () => {
  const token = { unverifiedCertificate: "YQ==", algorithm: "ES256", signature: "Yg==", format: "web-eid:1.0", appVersion: "x" };
  answers.authenticate = { ok: token };
  await call({ action: "web-eid:authenticate", challengeNonce: "n".repeat(44), options: { lang: "et" } });
  assert.deepEqual(posted.at(-1), { action: "web-eid:authenticate-success", ...token });
  assert.deepEqual(frames(), [
    {
      port: 1,
      activation: true,
      frame: { v: 1, id: 1, command: "authenticate", args: { nonce: "n".repeat(44) } },
    },
  ]);
  await call({ action: "web-eid:authenticate", challengeNonce: "n".repeat(44) }, { activation: false });
  assert.equal(frames().at(-1).activation, false);
});

test("a hash is signed with the algorithm that the page chose by its hash", async () => {
  answers.signing_certificate = { ok: { certificate: "Y2VydA==", algorithms: ["RS256", "RS384", "PS256"] } };
  await call({ action: "web-eid:get-signing-certificate" });
  assert.deepEqual(posted.at(-1).supportedSignatureAlgorithms.slice(1), [
    { cryptoAlgorithm: "RSA", hashFunction: "SHA-384", paddingScheme: "PKCS1.5" },
    { cryptoAlgorithm: "RSA", hashFunction: "SHA-256", paddingScheme: "PSS" },
  ]);
  answers.sign = { ok: { certificate: "Y2VydA==", results: [{ id: "1", signature: "c2ln", algorithm: "RS384" }] } };
  const sign = { action: "web-eid:sign", certificate: "Y2VydA==", hash: "aGFzaA==", hashFunction: "SHA-384" };
  await call(sign);
  assert.deepEqual(posted.at(-1), {
    action: "web-eid:sign-success",
    signature: "c2ln",
    signatureAlgorithm: { cryptoAlgorithm: "RSA", hashFunction: "SHA-384", paddingScheme: "PKCS1.5" },
  });
  const { args } = frames().at(-1).frame;
  assert.deepEqual([args.format, args.algorithm, args.documents[0].digest], ["raw", "RS384", "aGFzaA=="]);
  assert.ok(args.key.length >= 16);

  const asked = frames().length;
  await call({ ...sign, certificate: "b3RoZXI=" });
  assert.equal(posted.at(-1).error.code, "ERR_WEBEID_NATIVE_INVALID_ARGUMENT");
  await call({ ...sign, hashFunction: "SHA3-256" });
  assert.equal(posted.at(-1).error.code, "ERR_WEBEID_NATIVE_INVALID_ARGUMENT");
  assert.ok(frames().slice(asked).every(({ frame }) => frame.command !== "sign"));
});

test("what goes wrong is one of the thirteen codes, behind the acknowledgement", async () => {
  const refused = (code) => ({ error: { code, message: "m.", remedy: "r." } });
  const nonce = { action: "web-eid:authenticate", challengeNonce: "n".repeat(44) };
  for (const [code, theirs] of [
    ["user_cancelled", "USER_CANCELLED"],
    ["timeout", "USER_TIMEOUT"],
    ["argument_invalid", "NATIVE_INVALID_ARGUMENT"],
    ["busy", "ACTION_PENDING"],
    ["card_missing", "NATIVE_FATAL"],
    ["capability_not_granted", "NATIVE_FATAL"],
  ]) {
    answers.authenticate = refused(code);
    posted.length = 0;
    await call(nonce);
    assert.deepEqual(posted, [
      { action: "web-eid:authenticate-ack" },
      {
        action: "web-eid:authenticate-failure",
        error: { code: `ERR_WEBEID_${theirs}`, message: "m. r.", wardkey: code },
      },
    ]);
  }
  const before = frames().length;
  await call({ action: "web-eid:authenticate" });
  assert.equal(posted.at(-1).error.code, "ERR_WEBEID_MISSING_PARAMETER");
  await call(nonce, { secure: false });
  assert.equal(posted.at(-1).error.code, "ERR_WEBEID_CONTEXT_INSECURE");
  assert.equal(frames().length, before);
});

test("every code of ours has one of theirs", () => {
  const theirs = new Set([
    "ACTION_TIMEOUT", "USER_TIMEOUT", "VERSION_MISMATCH", "VERSION_INVALID", "EXTENSION_UNAVAILABLE",
    "NATIVE_UNAVAILABLE", "UNKNOWN_ERROR", "CONTEXT_INSECURE", "USER_CANCELLED", "NATIVE_INVALID_ARGUMENT",
    "NATIVE_FATAL", "ACTION_PENDING", "MISSING_PARAMETER",
  ]);
  const errors = new URL("../../crates/protocol/bindings/errors.json", import.meta.url);
  for (const { code } of JSON.parse(readFileSync(errors, "utf8"))) assert.ok(theirs.has(codeOf(code)), code);
  assert.deepEqual(algorithmOf("ES384"), { cryptoAlgorithm: "ECC", hashFunction: "SHA-384", paddingScheme: "NONE" });
  assert.equal(joseOf(["ES256"], "SHA-512"), undefined);
});

test("what the user does not answer in time is given up, and a late answer reaches nobody", async () => {
  const usual = answer;
  answer = (message) => (message.message?.frame.command === "authenticate" ? undefined : usual(message));
  const options = { userInteractionTimeout: 20, lang: "et" };
  await call({ action: "web-eid:authenticate", challengeNonce: "n".repeat(44), options });
  answer = usual;
  assert.deepEqual(posted.at(-1), {
    action: "web-eid:authenticate-failure",
    error: { code: "ERR_WEBEID_USER_TIMEOUT", message: "The user did not answer in time." },
  });
  const [asked, cancelled] = frames();
  assert.deepEqual(cancelled.frame, { cancel: asked.frame.id });
  const { port, frame } = asked;
  const before = posted.length;
  agent.postMessage({ message: { port, frame: { id: frame.id, ok: { format: "late" } } } });
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(posted.length, before);

  // The next call has its own time, and its own answer.
  answers.authenticate = { ok: { format: "web-eid:1.0" } };
  await call({ action: "web-eid:authenticate", challengeNonce: "n".repeat(44), options });
  assert.deepEqual(posted.at(-1), { action: "web-eid:authenticate-success", format: "web-eid:1.0" });
});

test("the user's time is that of the page where it is a time, and else the library's", async (t) => {
  const times = [];
  t.mock.method(globalThis, "setTimeout", (_, time) => void times.push(time));
  const timed = (options) => call({ action: "web-eid:authenticate", challengeNonce: "n".repeat(44), options });
  for (const userInteractionTimeout of [5000, undefined, -1, "7", 1e12, NaN]) await timed({ userInteractionTimeout });
  await timed(undefined);
  await timed("options");
  assert.deepEqual(times, [5000, 120_000, 120_000, 120_000, 2 ** 31 - 1, 120_000, 120_000, 120_000]);
});

test("a call under way when the agent goes is answered, and the next one begins anew", async () => {
  answers.authenticate = undefined;
  const agentGoes = shim.take({ activation: true, secure: true, message: { action: "web-eid:status" } });
  await agentGoes;
  const before = agent;
  agent.onMessage.addListener((message) => message.message && before.disconnect());
  answer = ((usual) => (message) => (message.message?.frame.command === "authenticate" ? undefined : usual(message)))(answer);
  await call({ action: "web-eid:authenticate", challengeNonce: "n".repeat(44) });
  assert.equal(posted.at(-1).error.code, "ERR_WEBEID_NATIVE_UNAVAILABLE");
  await call({ action: "web-eid:status" });
  assert.equal(posted.at(-1).action, "web-eid:status-success");
  assert.notEqual(agent, before);
});
