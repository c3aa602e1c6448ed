import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mock, test } from "node:test";
import { load } from "./packed.mjs";

const { connectWebEid } = await load("dist/adapters/web-eid.js");
const { verifyAuthentication } = await load("dist/verify.js");

/**
 * Web eID's content script as a page meets it (version 2.5): bare messages on the window, first an
 * acknowledgement, replies told apart by the action alone.
 */
function webEid(answers) {
  const window = new EventTarget();
  const heard = [];
  const tell = (data, source = window, origin = "https://ward.example") => {
    const message = Object.assign(new Event("message"), { data, source, origin });
    window.dispatchEvent(message);
  };
  window.isSecureContext = true;
  window.postMessage = (message, target) => {
    assert.equal(target, "https://ward.example");
    heard.push(message);
    const { action } = message;
    queueMicrotask(async () => {
      const answer = answers[action];
      if (answer === undefined) return;
      tell({ action: `${action}-ack` });
      const reply = await answer(message);
      if (reply?.error) tell({ action: `${action}-failure`, error: reply.error });
      else if (reply) tell({ action: `${action}-success`, ...reply });
    });
  };
  globalThis.window = window;
  globalThis.location = { origin: "https://ward.example" };
  globalThis.document = { readyState: "complete" };
  return { heard, tell, window };
}

const status = () => ({ library: "2.0.0", extension: "2.5.0", nativeApp: "2.9.0" });
const refused = (code) => (error) => error.name === "WardkeyError" && error.code === code;

test("it is found, and says its versions", async () => {
  const { heard } = webEid({ "web-eid:status": status });
  const cards = await connectWebEid({ lang: "et" });
  assert.deepEqual(await cards.status(), { extension: "2.5.0", nativeApp: "2.9.0" });
  assert.deepEqual(heard[0], {
    action: "web-eid:status",
    libraryVersion: "2.0.0",
    options: { userInteractionTimeout: 120_000, lang: "et" },
  });
});

test("its token is ours, and verifies", async () => {
  const vectors = new URL("../../../docs/vectors/authenticate.json", import.meta.url);
  const { cases, trust, time } = JSON.parse(readFileSync(vectors, "utf8"));
  const { token, origin, nonce } = cases.find(({ name }) => name === "es256");
  const answer = ({ challengeNonce }) => (challengeNonce === nonce ? JSON.parse(token) : undefined);
  webEid({ "web-eid:status": status, "web-eid:authenticate": answer });
  const cards = await connectWebEid();
  const made = await cards.authenticate({ nonce });
  assert.deepEqual(Object.keys(made).sort(), [
    "algorithm",
    "appVersion",
    "format",
    "signature",
    "unverifiedCertificate",
  ]);
  const options = { origin, nonce, ...trust, time: new Date(time) };
  assert.equal((await verifyAuthentication(made, options)).verdict, "valid");
});

test("without it nobody acknowledges", async () => {
  webEid({});
  const begun = performance.now();
  await assert.rejects(connectWebEid(), refused("extension_missing"));
  assert.ok(performance.now() - begun < 1500);
});

test("each of its errors is one of ours", async () => {
  const errors = {
    ACTION_PENDING: "busy",
    CONTEXT_INSECURE: "context_insecure",
    NATIVE_FATAL: "card_failed",
    NATIVE_UNAVAILABLE: "host_missing",
    SOMETHING_NEW: "internal",
    USER_CANCELLED: "user_cancelled",
    USER_TIMEOUT: "timeout",
    VERSION_MISMATCH: "version_mismatch",
  };
  let error;
  webEid({ "web-eid:status": status, "web-eid:authenticate": () => ({ error }) });
  const cards = await connectWebEid();
  for (const [name, code] of Object.entries(errors)) {
    error = { code: `ERR_WEBEID_${name}`, message: "m" };
    await assert.rejects(cards.authenticate({ nonce: "n" }), (error) => {
      assert.deepEqual([error.code, error.details.webEid, error.details.reason], [code, `ERR_WEBEID_${name}`, "m"]);
      assert.ok(error.remedy.length > 5);
      return true;
    });
  }
});

test("replies of others, and of other windows, are none", async () => {
  let reply;
  const { tell } = webEid({
    "web-eid:status": status,
    "web-eid:authenticate": () => new Promise((resolve) => (reply = resolve)),
  });
  const cards = await connectWebEid();
  const call = cards.authenticate({ nonce: "n" });
  while (!reply) await new Promise((resolve) => setTimeout(resolve, 1));
  const forged = { action: "web-eid:authenticate-success", signature: "forged" };
  tell(forged, {});
  tell(forged, window, "https://evil.example");
  tell({ ...forged, action: "web-eid:sign-success" });
  tell({ action: 7 });
  tell(null);
  reply({ signature: "real" });
  assert.equal((await call).signature, "real");
});

test("one question at a time, and one that was given up holds the road until it is over", async () => {
  const replies = [];
  const { heard } = webEid({
    "web-eid:status": status,
    "web-eid:authenticate": () => new Promise((resolve) => replies.push(resolve)),
  });
  const cards = await connectWebEid();
  const controller = new AbortController();
  const first = cards.authenticate({ nonce: "first" }, { signal: controller.signal });
  const second = cards.authenticate({ nonce: "second" });
  while (replies.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  controller.abort();
  await assert.rejects(first, refused("cancelled"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(heard.length, 2);
  replies[0]({ signature: "first" });
  while (replies.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  replies[1]({ signature: "second" });
  assert.equal((await second).signature, "second");
});

test("a reply that comes too late answers no later question", async () => {
  const replies = [];
  webEid({
    "web-eid:status": status,
    "web-eid:authenticate": () => new Promise((resolve) => replies.push(resolve)),
  });
  const cards = await connectWebEid({ userInteractionTimeout: 1000 });
  mock.timers.enable({ apis: ["setTimeout"] });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const late = assert.rejects(cards.authenticate({ nonce: "a" }), refused("timeout"));
  while (replies.length === 0) await turn();
  mock.timers.tick(7000);
  await late;
  const call = cards.authenticate({ nonce: "b" });
  while (replies.length < 2) await turn();
  replies[0]({ signature: "late" });
  await turn();
  replies[1]({ signature: "its own" });
  assert.equal((await call).signature, "its own");
  mock.timers.reset();
});

test("documents are signed bare, one dialog each", async () => {
  const algorithm = { cryptoAlgorithm: "ECC", hashFunction: "SHA-384", paddingScheme: "NONE" };
  const asked = [];
  webEid({
    "web-eid:status": status,
    "web-eid:get-signing-certificate": () => ({
      certificate: btoa("DER"),
      supportedSignatureAlgorithms: [algorithm, { ...algorithm, hashFunction: "SHA3-384" }],
    }),
    "web-eid:sign": ({ hash, hashFunction, certificate }) => {
      asked.push([atob(hash).length, hashFunction, certificate]);
      if (asked.length === 2) return { error: { code: "ERR_WEBEID_USER_CANCELLED" } };
      return { signature: btoa("sig"), signatureAlgorithm: algorithm };
    },
  });
  const cards = await connectWebEid();
  const document = (id) => ({ id, name: id, mediaType: "text/plain", content: `text ${id}` });
  const documents = ["a", "b"].map(document);
  const { certificate, results } = await cards.sign({ format: "raw", documents });
  assert.deepEqual(asked, [[48, "SHA-384", btoa("DER")], [48, "SHA-384", btoa("DER")]]);
  assert.deepEqual(certificate, new TextEncoder().encode("DER"));
  assert.deepEqual(results[0], { id: "a", signature: new TextEncoder().encode("sig"), algorithm: "ES384" });
  assert.equal(results[1].error.code, "user_cancelled");
  await assert.rejects(cards.sign({ format: "cades", documents }), refused("format_unsupported"));
  await assert.rejects(
    cards.sign({ format: "raw", algorithm: "RS256", documents }),
    refused("algorithm_unsupported"),
  );
});
