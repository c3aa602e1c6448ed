import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fakeWindow, until } from "./fake.mjs";
import { folder, load, version } from "./packed.mjs";

const { connect, WardkeyError } = await load("dist/index.js");

const open = [];
after(() => open.forEach((wardkey) => wardkey.close()));

async function connected(options) {
  const wardkey = await connect(options);
  open.push(wardkey);
  return wardkey;
}

const refused = (code) => (error) =>
  error instanceof WardkeyError && error.code === code && error.remedy.length > 10;

test("on a server the import is harmless, and connecting says why not", async () => {
  assert.equal(typeof globalThis.window, "undefined");
  await assert.rejects(connect(), refused("extension_missing"));
});

test("the greeting tells versions, and the answer comes back", async () => {
  const window = fakeWindow();
  window.agent = () => ({ ok: { agent: "0.1.0", protocol: 1 } });
  const wardkey = await connected();
  assert.deepEqual(window.port.hello, { wardkey: { versions: { min: 1, max: 2 }, sdk: version } });
  assert.deepEqual(await wardkey.status(), { agent: "0.1.0", protocol: 1 });
});

test("without an extension it says so within 300 ms", async () => {
  fakeWindow({ extension: false });
  const begun = performance.now();
  await assert.rejects(connect(), refused("extension_missing"));
  const took = performance.now() - begun;
  assert.ok(took >= 200 && took < 330, `${took} ms`);
});

test("a page that was busy still hears the extension", async () => {
  const window = fakeWindow();
  const connecting = connected();
  const until = performance.now() + 400;
  while (performance.now() < until);
  const wardkey = await connecting;
  assert.equal(window.ports.length, 1);
  wardkey.close();
});

test("in an insecure context it says so at once and posts nothing", async () => {
  const window = fakeWindow({ secure: false });
  await assert.rejects(connect(), refused("context_insecure"));
  assert.equal(window.ports.length, 0);
});

test("an extension that refuses is believed", async () => {
  const window = fakeWindow();
  window.greeting = { error: { code: "context_insecure", message: "m.", remedy: "Open it over https." } };
  await assert.rejects(connect(), refused("context_insecure"));
  window.greeting = { hello: { extension: "9.0.0" } };
  await assert.rejects(connect(), refused("version_mismatch"));
  window.greeting = { forged: true };
  await assert.rejects(connect(), refused("message_malformed"));
});

test("connecting can be given up", async () => {
  fakeWindow({ extension: false });
  await assert.rejects(connect({ signal: AbortSignal.abort() }), refused("cancelled"));
  const controller = new AbortController();
  const connecting = connect({ signal: controller.signal, timeout: 60_000 });
  controller.abort(new Error("enough"));
  await assert.rejects(connecting, (error) => error.cause.message === "enough");
});

test("forged replies through the window have no effect", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  let settled = false;
  const answer = wardkey.ticket().finally(() => (settled = true));
  const forged = { id: 1, ok: { ticket: "forged", expiresInSeconds: 1 } };
  window.addEventListener("message", ({ ports }) => ports?.[0]?.postMessage(forged));
  for (let id = 0; id < 50; id += 1) {
    window.postMessage({ ...forged, id }, "/");
    window.postMessage({ wardkey: { ...forged, id } }, "/");
  }
  await until(() => window.port.requests.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(settled, false);
  window.send({ id: 1, ok: { ticket: "real", expiresInSeconds: 1 } });
  assert.equal((await answer).ticket, "real");
});

test("answers to nobody, twice, or of the wrong shape are dropped", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const answer = wardkey.status();
  await until(() => window.port.requests.length === 1);
  for (const junk of [null, 7, "x", [], {}, { id: "1", ok: {} }, { id: 2, ok: {} }, { ok: {} }]) {
    window.send(junk);
  }
  window.send({ id: 1, ok: { agent: "first", protocol: 1 } });
  window.send({ id: 1, ok: { agent: "second", protocol: 1 } });
  assert.equal((await answer).agent, "first");
});

test("errors of the agent arrive whole", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  window.agent = () => ({
    error: { code: "passcode_wrong", message: "m.", remedy: "r.", details: { triesLeft: 2 } },
  });
  await assert.rejects(wardkey.signIn(), (error) => {
    assert.ok(error instanceof WardkeyError && error instanceof Error);
    assert.deepEqual(
      [error.name, error.code, error.party, error.message, error.remedy, error.details],
      ["WardkeyError", "passcode_wrong", "user", "m.", "r.", { triesLeft: 2 }],
    );
    return true;
  });
});

test("what the agent refuses of the arguments arrives as its own error", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const error = { code: "argument_invalid", message: "m.", remedy: "Correct it.", details: { reason: "nonce" } };
  window.agent = ({ command, args }) => {
    assert.deepEqual([command, args], ["authenticate", { nonce: "short" }]);
    return { error };
  };
  await assert.rejects(wardkey.authenticate({ nonce: "short" }), refused("argument_invalid"));
});

test("arguments travel as JSON has them", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  window.agent = () => ({ ok: { session: {} } });
  await wardkey.signIn({ role: undefined, fresh: true, later: () => {} });
  assert.deepEqual(window.port.requests[0].args, { fresh: true });
});

test("what is too large for a message is not sent", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  await assert.rejects(
    wardkey.authenticate({ nonce: "\u00e9".repeat(600_000) }),
    (error) => error.code === "frame_too_large" && error.details.limit === 998_000,
  );
  assert.equal(window.port.requests.length, 0);
});

test("a call that waits for a new road can be given up", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  window.end("agent_gone");
  await new Promise((resolve) => setTimeout(resolve, 5));
  window.extension = false;
  const controller = new AbortController();
  const begun = performance.now();
  const call = wardkey.status({ signal: controller.signal });
  controller.abort();
  await assert.rejects(call, refused("cancelled"));
  assert.ok(performance.now() - begun < 150);
});

test("sign takes texts, octets and blobs, and gives octets back", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const error = { code: "document_malformed", message: "m.", remedy: "r." };
  window.agent = ({ id, args }) => {
    window.send({ id, progress: { done: 1, total: 3 } });
    assert.match(args.key, /^[0-9a-f-]{36}$/);
    assert.deepEqual(args.documents.map(({ content }) => atob(content)), ["h\u00c3\u00a9", "\0\u00ff", "b"]);
    return {
      ok: {
        certificate: btoa("cert"),
        results: [
          { id: "a", signature: btoa("\u00ff\u00fe"), algorithm: "RS256" },
          { id: "b", signature: "", algorithm: "RS256" },
          { id: "c", error },
        ],
      },
    };
  };
  const progress = [];
  const { certificate, results } = await wardkey.sign(
    {
      format: "raw",
      documents: [
        document("a", "h\u00e9"),
        document("b", Uint8Array.of(0, 255)),
        document("c", new Blob(["b"])),
      ],
    },
    { onProgress: (news) => progress.push(news) },
  );
  assert.deepEqual(certificate, new TextEncoder().encode("cert"));
  assert.deepEqual(results[0], { id: "a", signature: Uint8Array.of(255, 254), algorithm: "RS256" });
  assert.equal(results[1].signature.length, 0);
  assert.ok(results[2].error instanceof WardkeyError && results[2].error.party === "page");
  assert.deepEqual(progress, [{ done: 1, total: 3 }]);
});

test("progress is an iterator that ends with the call, whichever way", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const request = { format: "raw", documents: [document("a"), document("b")] };
  const result = { certificate: "", results: [] };
  window.agent = async ({ id }) => {
    for (const done of [1, 2]) window.send({ id, progress: { done, total: 2 } });
    return { ok: result };
  };
  const signing = wardkey.sign(request);
  const steps = [];
  for await (const { done } of signing.progress()) steps.push(done);
  assert.deepEqual(steps, [1, 2]);
  assert.deepEqual((await signing).results, []);
  // Whoever comes late has missed nothing.
  const late = [];
  for await (const { done } of signing.progress()) late.push(done);
  assert.deepEqual(late, [1, 2]);

  window.agent = ({ id }) => {
    window.send({ id, progress: { done: 1, total: 2 } });
    return { error: { code: "card_removed", message: "m.", remedy: "Put it back." } };
  };
  const failing = wardkey.sign(request);
  const refusedThen = assert.rejects(failing, refused("card_removed"));
  const seen = [];
  for await (const { done } of failing.progress()) seen.push(done);
  assert.deepEqual(seen, [1]);
  await refusedThen;

  window.agent = () => undefined;
  const broken = wardkey.sign(request);
  const unknown = assert.rejects(broken, refused("outcome_unknown"));
  const next = broken.progress().next();
  await until(() => window.port.requests.length === 3);
  window.end("agent_gone");
  assert.deepEqual(await next, { value: undefined, done: true });
  await unknown;
});

test("every command goes out under its own name", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  window.agent = ({ command }) => ({ ok: { user: command, certificate: "" } });
  const nonce = "n".repeat(44);
  await wardkey.status();
  await wardkey.cards();
  await wardkey.signIn({ role: "1", fresh: true });
  await wardkey.selectRole();
  assert.equal(await wardkey.user(), "user");
  await wardkey.ticket();
  assert.equal(await wardkey.signOut(), undefined);
  await wardkey.authenticate({ nonce });
  await wardkey.authorize("eyJh.e30.c2ln");
  await wardkey.signingCertificate();
  assert.equal(await wardkey.delegate(["https://letters.example"]), undefined);
  assert.deepEqual(window.port.requests.map(({ v, id, command, args }) => [v, id, command, args]), [
    [1, 1, "status", {}],
    [1, 2, "cards", {}],
    [1, 3, "sign_in", { role: "1", fresh: true }],
    [1, 4, "select_role", {}],
    [1, 5, "user", {}],
    [1, 6, "ticket", {}],
    [1, 7, "sign_out", {}],
    [1, 8, "authenticate", { nonce }],
    [1, 9, "authorize", { request: "eyJh.e30.c2ln" }],
    [1, 10, "signing_certificate", {}],
    [1, 11, "delegate", { origins: ["https://letters.example"] }],
  ]);
});

test("a sign-in page shows a button where a proof needs the user", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const answers = [
    { error: { code: "gesture_required", message: "m.", remedy: "r." } },
    { ok: { proof: "eyJh.e30.cHJvb2Y" } },
  ];
  window.agent = () => answers.shift();
  await assert.rejects(wardkey.authorize("eyJh.e30.c2ln"), (error) => error.code === "gesture_required" && error.party === "page");
  assert.deepEqual(await wardkey.authorize("eyJh.e30.c2ln"), { proof: "eyJh.e30.cHJvb2Y" });
  const controller = new AbortController();
  window.agent = () => undefined;
  const call = wardkey.authorize("eyJh.e30.c2ln", { signal: controller.signal });
  await until(() => window.port.requests.length === 3);
  controller.abort();
  await assert.rejects(call, refused("cancelled"));
  await until(() => window.port.requests.length === 4);
  assert.deepEqual(window.port.requests[3], { cancel: 3 });
});

test("an aborted call ends at once, and the agent is told", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const signal = AbortSignal.abort();
  await assert.rejects(wardkey.status({ signal }), refused("cancelled"));
  const controller = new AbortController();
  const call = wardkey.signIn({ signal: controller.signal });
  await until(() => window.port.requests.length === 1);
  controller.abort();
  await assert.rejects(call, refused("cancelled"));
  await until(() => window.port.requests.length === 2);
  assert.deepEqual(window.port.requests[1], { cancel: 1 });
  window.send({ id: 1, ok: {} });
  window.agent = () => ({ ok: { agent: "0.1.0", protocol: 1 } });
  assert.equal((await wardkey.status()).agent, "0.1.0");
});

test("close ends what is under way, and what comes after", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const [call, sign] = [wardkey.cards(), wardkey.sign({ format: "raw", documents: [document("a")] })];
  const outcomes = Promise.allSettled([call, sign]);
  await until(() => window.port.requests.length === 2);
  wardkey.close();
  assert.deepEqual((await outcomes).map(({ reason }) => reason.code), ["cancelled", "outcome_unknown"]);
  await assert.rejects(wardkey.status(), refused("cancelled"));
  // Not every browser tells the extension by itself.
  await until(() => window.port.requests.length === 3);
  assert.deepEqual(window.port.requests[2], { closed: true });
});

test("an extension that goes without a word ends the calls that wait for it, and one that is slow does not", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const window = fakeWindow();
  const wardkey = await connected();
  const call = assert.rejects(wardkey.signIn(), refused("extension_missing"));
  await until(() => window.port.requests.length === 1);
  const { port } = window;
  for (let round = 1; round <= 10; round += 1) {
    context.mock.timers.tick(5000);
    await until(() => port.requests.filter(({ alive }) => alive).length === round);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
  window.isThere = false;
  const asked = () => port.requests.filter(({ alive }) => alive).length;
  context.mock.timers.tick(5000);
  context.mock.timers.tick(5000);
  // What the page was too busy to hear counts.
  window.send({ alive: true });
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  context.mock.timers.tick(250);
  await until(() => asked() === 12);
  context.mock.timers.tick(5000);
  context.mock.timers.tick(250);
  await call;
});

test("words and versions of the package are the protocol's", async () => {
  const errors = new URL("../../../crates/protocol/bindings/errors.json", import.meta.url);
  const table = new Map(JSON.parse(readFileSync(errors, "utf8")).map((entry) => [entry.code, entry]));
  const { WORDS } = await load("dist/error.js");
  for (const [code, [party, message, remedy]] of Object.entries(WORDS)) {
    assert.deepEqual({ code, party, message, remedy }, table.get(code));
  }
  const port = await load("dist/port.js");
  const { startCore } = await load("dist/core.js");
  const core = await startCore(() => readFileSync(join(folder, "dist/core.wasm")));
  assert.deepEqual({ min: core.oldestVersion(), max: core.newestVersion() }, port.VERSIONS);
  assert.equal(port.VERSION, version);
  for (const { code, party, message, remedy } of table.values()) {
    assert.deepEqual(core.trouble({ code }), { code, party, message, remedy, details: {} });
  }
  const { LACKING } = await load("dist/elements/sign-in.js");
  for (const [code, [message, remedy]] of Object.entries(LACKING)) {
    assert.deepEqual({ code, party: "device", message, remedy }, table.get(code));
  }
  const { WEB_EID_WORDS } = await load("dist/adapters/web-eid/errors.js");
  for (const [code, [party, message, remedy]] of Object.entries(WEB_EID_WORDS)) {
    assert.deepEqual({ code, party, message, remedy }, table.get(code));
  }
});

test("the slim entry takes the core from the app, and says when there is none", async () => {
  const slim = await load("dist/slim.js");
  assert.equal(slim.WardkeyError, WardkeyError);
  const window = fakeWindow();
  window.agent = () => ({ ok: { agent: "0.1.0", protocol: 1 } });
  const core = Promise.reject(new Error("no such file"));
  // The core runs already, so that nobody looks.
  const wardkey = await slim.connect({ core });
  open.push(wardkey);
  assert.equal((await wardkey.status()).agent, "0.1.0");
});

function document(id, content = "text") {
  return { id, name: `Document ${id}`, mediaType: "text/plain", content };
}
