import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeWindow } from "./fake.mjs";
import { load } from "./packed.mjs";

const { requestToSign, signPrescription } = await load("dist/adapters/credential-manager.js");

const digest = btoa("<SignedInfo/>");
const element = (value) => btoa(`<Signature><SignatureValue>${value}</SignatureValue></Signature>`);

/** Answers each document with what stands for it. */
function agent(window, results) {
  window.agent = ({ args }) => {
    assert.equal(args.format, "eps_digest");
    assert.deepEqual(args.documents.map(({ content }) => content), args.documents.map(() => digest));
    const ids = args.documents.map(({ id }) => id);
    return { ok: { certificate: btoa("DER"), results: ids.map((id, n) => ({ id, ...results[n] })) } };
  };
}

test("a prescription is signed as the library has it", async () => {
  const window = fakeWindow();
  agent(window, [{ signature: element("c2ln\nbmVk"), algorithm: "RS256" }]);
  const response = await signPrescription(digest);
  assert.deepEqual(Object.keys(response).sort(), [
    "certificate",
    "failed_signatures",
    "message",
    "signatures",
    "status_code",
    "status_string",
    "timestamp",
  ]);
  assert.equal(response.certificate, btoa("DER"));
  assert.equal(response.signatures.length, 1);
  assert.equal(response.signatures[0].signature, "c2lnbmVk");
  assert.deepEqual([response.status_code, response.failed_signatures], [0, []]);
  assert.ok(!Number.isNaN(Date.parse(response.timestamp)));
});

test("a request is taken as the library hands it on, with the app's own ids", async () => {
  const request = (payloads) =>
    btoa(JSON.stringify({ algorithm: "RS256", requestType: 1, version: 1, flags: 0, payloads }));
  const window = fakeWindow();
  agent(window, [{ signature: element("c2ln") }, { signature: element("b25l") }]);
  const two = request([
    { id: "first", payload: digest },
    { id: "second", payload: digest },
  ]);
  for (const sign of [signPrescription, requestToSign]) {
    const { signatures, status_code } = await sign(two);
    assert.equal(status_code, 0);
    assert.deepEqual(signatures, [
      { id: "first", signature: "c2ln" },
      { id: "second", signature: "b25l" },
    ]);
  }
  // A request that asks for nothing, or for what is no payload, is no payload itself.
  for (const payloads of [[], [{ id: "first" }], ["first"], [null]]) {
    const { signatures, status_code } = await requestToSign(request(payloads));
    assert.deepEqual([signatures, status_code], [[], 0x53494703]);
  }
});

test("what could not be signed is among the failed", async () => {
  const window = fakeWindow();
  const error = { code: "document_malformed", message: "A document is not what its format needs.", remedy: "r." };
  agent(window, [{ signature: element("c2ln") }, { error }]);
  const payloads = ["a", "b"].map((id) => ({ id, payload: digest }));
  const response = await requestToSign(payloads);
  assert.deepEqual(response.signatures, [{ id: "a", signature: "c2ln" }]);
  assert.deepEqual(response.failed_signatures.map(({ id, status_string }) => [id, status_string]), [
    ["b", error.message],
  ]);
  assert.notEqual(response.status_code, 0);
});

test("errors are the hub's, with ours behind them", async () => {
  const window = fakeWindow();
  const codes = { card_missing: 0x53494705, argument_invalid: 0x53494703, user_cancelled: 0x53494701 };
  for (const [code, expected] of Object.entries(codes)) {
    window.agent = () => ({ error: { code, message: "m.", remedy: "r." } });
    const response = await requestToSign([{ id: "a", payload: digest }]);
    assert.deepEqual([response.status_code, response.signatures], [expected, []]);
    await assert.rejects(signPrescription(digest), (error) => {
      assert.ok(error instanceof TypeError && error.cause.code === code);
      return true;
    });
  }
  const unreadable = await requestToSign([{ id: "a", payload: "not base64!" }]);
  assert.notEqual(unreadable.status_code, 0);
});
