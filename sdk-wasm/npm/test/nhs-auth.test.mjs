import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { fakeWindow } from "./fake.mjs";
import { load } from "./packed.mjs";

const { connect } = await load("dist/index.js");
const { installNhsAuth } = await load("dist/adapters/nhs-auth.js");

let wardkey;
afterEach(() => {
  wardkey?.close();
  delete globalThis.nhsAuth;
});

/** As apps call it. */
const called = (call) => new Promise((resolve) => call((...args) => resolve(args)));

function installed(agent) {
  const window = fakeWindow();
  window.agent = agent;
  const connecting = connect();
  connecting.then((connected) => (wardkey = connected));
  installNhsAuth(connecting);
  return window;
}

test("a token is this origin's ticket, with or without data", async () => {
  const answers = {
    sign_in: { session: {}, ticket: "signed in" },
    ticket: { ticket: "there already", expiresInSeconds: 9 },
    status: { agent: "0.1.0", protocol: 2 },
  };
  installed(({ command }) => ({ ok: answers[command] }));
  assert.deepEqual(await called((done) => nhsAuth.getToken(done)), [null, "signed in"]);
  assert.deepEqual(await called((done) => nhsAuth.getToken({}, done)), [null, "signed in"]);
  assert.deepEqual(await called((done) => nhsAuth.getTokenNoAuth(done)), [null, "there already"]);
  assert.deepEqual(await called((done) => nhsAuth.getBridgeVersion(done)), [null, "0.1.0"]);
  assert.equal(typeof nhsAuth.getAdaptorVersion, "string");
  assert.throws(() => nhsAuth.getToken(), { name: "TypeError", message: "No callback provided" });
  answers.sign_in = { session: {} };
  assert.deepEqual(await called((done) => nhsAuth.getToken(done)), [null, "there already"]);
});

test("errors have the codes that apps look at", async () => {
  const error = { code: "user_cancelled", message: "The user cancelled.", remedy: "Nothing." };
  installed(() => ({ error }));
  for (const [code, expected] of [
    ["user_cancelled", 200],
    ["origin_not_admitted", 200],
    ["session_missing", 201],
    ["host_missing", 100],
  ]) {
    error.code = code;
    const [failure, token] = await called((done) => nhsAuth.getToken(done));
    assert.ok(failure instanceof Error && token === undefined);
    assert.deepEqual([failure.code, failure.cause.code, failure.message], [expected, code, "The user cancelled."]);
  }
});

test("without the extension every call says so", async () => {
  fakeWindow({ extension: false });
  installNhsAuth(connect());
  const [failure] = await called((done) => nhsAuth.getTokenNoAuth(done));
  assert.deepEqual([failure.code, failure.cause.code], [100, "extension_missing"]);
});
