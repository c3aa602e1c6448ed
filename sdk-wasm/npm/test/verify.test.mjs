import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "./packed.mjs";

const { verify, verifyAuthentication, verifyCades, verifyEps, verifyJades, verifyPades, verifyRaw, verifyXades } =
  await load("dist/verify.js");

const fixture = (name) => new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));
const text = (name) => new TextDecoder().decode(fixture(name));
const root = text("root.pem");
const crls = [text("root.crl")];
const time = new Date("2026-11-23T09:45:00Z");
/** A minute after the responder spoke. */
const OCSP_TIME = new Date(Number(text("nurse.ocsp-time")) * 1000 + 60_000);
const options = { anchors: [root], crls, time };

test("a signed prescription holds", async () => {
  const report = await verifyEps(fixture("prescription.xml"), options);
  assert.equal(report.verdict, "valid", report.reason);
  assert.equal(report.reason, null);
  assert.equal(report.signer.userId, "555000000102");
  assert.equal(report.claimedTime, "2026-11-23T09:30:00Z");
  assert.equal(report.crlAgeSeconds, 2700);
  assert.ok(report.checks.length > 5 && report.checks.every(({ passed }) => passed));
  const der = (pem) => Uint8Array.from(Buffer.from(pem.replace(/-----.*?-----/g, ""), "base64"));
  const ders = { anchors: [der(root)], crls: crls.map(der), time };
  assert.deepEqual(await verifyEps(text("prescription.xml"), ders), report);
});

test("a changed one does not", async () => {
  const signed = text("prescription.xml");
  const content = signed.replace("Bisoprolol 2.5mg", "Bisoprolol 25mg");
  const value = signed.replace(/<SignatureValue>(.)/, (_, first) => `<SignatureValue>${first === "A" ? "B" : "A"}`);
  for (const changed of [content, value]) {
    assert.notEqual(changed, signed);
    assert.equal((await verifyEps(changed, options)).verdict, "invalid");
  }
  for (const junk of ["", "<x/>", "<!DOCTYPE x><x/>", "\0"]) {
    assert.equal((await verifyEps(junk, options)).verdict, "invalid");
  }
});

test("what an authority signed is verified once, a document each time", async (context) => {
  const { subtle } = globalThis.crypto;
  const { mock } = context.mock.method(subtle, "verify");
  const asked = async (signed, given) => {
    mock.resetCalls();
    const report = await verifyEps(signed, given);
    return [mock.callCount(), report.verdict];
  };
  const signed = fixture("prescription.xml");
  await verifyEps(signed, options);
  assert.deepEqual(await asked(signed, options), [1, "valid"]);
  const spoilt = text("prescription.xml").replace(/<SignatureValue>./, "<SignatureValue>!");
  assert.equal((await asked(spoilt, options))[1], "invalid");
  // A list's signature that does not hold is asked after each time.
  const der = Buffer.from(crls[0].replace(/-----.*?-----/g, ""), "base64");
  der[der.length - 1] ^= 1;
  for (let turn = 0; turn < 2; turn += 1) {
    assert.deepEqual(await asked(signed, { ...options, crls: [new Uint8Array(der)] }), [2, "indeterminate"]);
  }
});

test("without current revocation lists nothing is valid", async () => {
  const signed = fixture("prescription.xml");
  const late = new Date("2037-01-01T00:00:00Z");
  for (const change of [{ crls: [] }, { crls: undefined }, { time: late }]) {
    const report = await verifyEps(signed, { ...options, ...change });
    assert.equal(report.verdict, "indeterminate", JSON.stringify(change));
  }
});

test("an answer of a responder does for a list", async () => {
  const file = fixture("note.p7m");
  const answered = { ...options, crls: [], ocspResponses: [fixture("nurse.ocsp")] };
  const early = await verify(file, answered);
  assert.equal(early.verdict, "indeterminate", "it was given later");
  const time = OCSP_TIME;
  const report = await verify(file, { ...answered, time });
  assert.equal(report.verdict, "valid", report.reason);
  assert.equal(report.path[0].revocation.source, "ocsp");
  await assert.rejects(
    verify(file, { ...answered, ocspResponses: [new Uint8Array([1])] }),
    (error) => error instanceof TypeError && error.message.startsWith("ocspResponses[0]: "),
  );
});

test("what is missing is fetched, lists first, and rubbish is as good as nothing", async () => {
  const list = Uint8Array.from(Buffer.from(crls[0].replace(/-----.*?-----/g, ""), "base64"));
  const asked = [];
  const ask = (answers) => async (url, request) => {
    asked.push([url, request && Buffer.from(request).toString("base64")]);
    const answer = answers[url];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const [lists, responder] = ["http://lists.example/root.crl", "http://ocsp.example/"];
  const request = Buffer.from(fixture("nurse.ocsp-request")).toString("base64");
  const judge = (answers, more) =>
    verify(fixture("note.p7m"), { anchors: [root], time, fetchRevocation: ask(answers), ...more });
  assert.equal((await judge({ [lists]: list })).verdict, "valid");
  assert.deepEqual(asked.splice(0), [[lists, undefined]]);
  const later = { time: OCSP_TIME };
  const ocsp = fixture("nurse.ocsp");
  for (const nothing of [undefined, new Error("offline"), new TextEncoder().encode("<html>")]) {
    assert.equal((await judge({ [lists]: nothing, [responder]: ocsp }, later)).verdict, "valid");
    assert.deepEqual(asked.splice(0), [[lists, undefined], [responder, request]]);
  }
  assert.equal((await judge({})).verdict, "indeterminate");
  asked.length = 0;
  assert.equal((await judge({}, { crls })).verdict, "valid");
  assert.deepEqual(asked, [], "nothing was missing");
  const raw = { document: fixture("note.txt"), signature: fixture("note.sig"), algorithm: "ES256" };
  const signed = { ...raw, certificate: text("nurse.pem") };
  const report = await verifyRaw(signed, { anchors: [root], time, fetchRevocation: ask({ [lists]: list }) });
  assert.equal(report.verdict, "valid", report.reason);
});

test("an authority that is not trusted, and a policy that is not there, are told", async () => {
  const signed = fixture("prescription.xml");
  assert.equal((await verifyEps(signed, { ...options, anchors: [] })).verdict, "invalid");
  const policy = (requiredPolicies) => verifyEps(signed, { ...options, requiredPolicies });
  assert.equal((await policy(["1.2.826.0.1.3344810.1.1.58"])).verdict, "valid");
  assert.equal((await policy(["1.2.3"])).verdict, "invalid");
});

test("a CAdES signature holds with its document inside or beside it", async () => {
  const inside = await verifyCades(fixture("note.p7m"), options);
  assert.equal(inside.verdict, "valid", inside.reason);
  assert.deepEqual([inside.commitment, inside.provenTime], ["proofOfApproval", null]);
  assert.deepEqual(inside.covered, ["document"]);
  assert.equal(inside.signer.userId, "555000000103");
  const beside = (document) => verifyCades(fixture("note.p7s"), options, document);
  assert.equal((await beside(fixture("note.txt"))).verdict, "valid");
  assert.equal((await beside(text("note.txt"))).verdict, "valid");
  for (const other of [undefined, "another note"]) {
    assert.equal((await beside(other)).reason.split(":")[0], other ? "Signature doesn't match document" : "Document is missing");
  }
  const changed = fixture("note.p7m");
  changed[changed.length - 3] ^= 1;
  assert.equal((await verifyCades(changed, options)).reason, "Signature is invalid");
  assert.equal((await verifyCades(new Uint8Array(9), options)).verdict, "invalid");
});

test("a JAdES signature holds", async () => {
  const report = await verifyJades(text("note.jws"), options);
  assert.equal(report.verdict, "valid", report.reason);
  assert.deepEqual([report.commitment, report.claimedTime], [null, "2026-11-23T09:30:00Z"]);
  assert.equal((await verifyJades(fixture("note.jws"), options, "another note")).verdict, "invalid");
  const [header, payload, signature] = text("note.jws").split(".");
  const apart = await verifyJades(`${header}..${signature}`, options, fixture("note.txt"));
  assert.equal(apart.verdict, "valid", apart.reason);
  const changed = `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
  assert.equal((await verifyJades(changed, options)).reason, "Signature is invalid");
});

test("a XAdES signature holds in its document or beside it", async () => {
  const inside = await verifyXades(text("letter.xml"), options);
  assert.equal(inside.verdict, "valid", inside.reason);
  assert.deepEqual([inside.commitment, inside.claimedTime], ["proofOfApproval", "2026-11-23T09:30:00Z"]);
  assert.deepEqual(inside.covered, ["document"]);
  const changed = text("letter.xml").replace("Rest.", "Run.");
  assert.equal((await verifyXades(changed, options)).reason, "Signature doesn't match document");
  const letter = text("letter.xml").replace(/<ds:Signature .*<\/ds:Signature>/s, "");
  const beside = (document) => verifyXades(fixture("letter-beside.xml"), options, document);
  assert.equal((await beside(letter)).verdict, "valid");
  assert.equal((await beside("another letter")).reason, "Signature doesn't match document");
  assert.equal((await beside()).reason, "Document is missing");
  assert.equal((await verifyXades("<letter/>", options)).verdict, "invalid");
});

test("a PAdES signature holds over all of its PDF", async () => {
  const report = await verifyPades(fixture("letter.pdf"), options);
  assert.equal(report.verdict, "valid", report.reason);
  assert.deepEqual([report.covered, report.earlier], [["document"], []]);
  assert.deepEqual([report.commitment, report.claimedTime], ["proofOfApproval", "2026-11-23T09:30:00Z"]);
  const twice = await verifyPades(fixture("letter-twice.pdf"), options);
  assert.equal(twice.verdict, "valid", twice.reason);
  assert.deepEqual([twice.covered, twice.signer.userId], [["document"], "555000000102"]);
  assert.deepEqual(twice.earlier.map(({ covered, signer }) => [covered, signer.userId]), [
    [["signedRevision"], "555000000103"],
  ]);
  const changed = fixture("letter.pdf");
  changed[changed.indexOf("M".charCodeAt(0), 600)] ^= 1;
  assert.equal((await verifyPades(changed, options)).verdict, "invalid");
  assert.equal((await verifyPades(fixture("note.p7m"), options)).verdict, "invalid");
});

test("the signature in a FHIR Provenance holds beside its prescription", async () => {
  const signed = text("prescription.xml");
  const [element] = signed.match(/<Signature .*<\/Signature>/s);
  const unsigned = signed.replace(/<([a-zA-Z0-9:]*)signatureText>.*<\/\1signatureText>/s, "<$1signatureText/>");
  assert.notEqual(unsigned, signed);
  const sent = JSON.stringify({
    resourceType: "Provenance",
    target: [{ reference: "urn:uuid:7e0b6c52-61f4-4d0a-9c35-20a4d1e7b901" }],
    recorded: "2026-11-23T09:30:00Z",
    agent: [{ who: { reference: "urn:uuid:56166769-c1c4-4d07-afa8-132b5dfca666" } }],
    signature: [
      {
        type: [{ system: "urn:iso-astm:E1762-95:2013", code: "1.2.840.10065.1.12.1.1" }],
        when: "2026-11-23T09:30:00Z",
        who: { reference: "urn:uuid:56166769-c1c4-4d07-afa8-132b5dfca666" },
        data: Buffer.from(element).toString("base64"),
      },
    ],
  });
  const { signature } = JSON.parse(sent);
  const data = new Uint8Array(Buffer.from(signature[0].data, "base64"));
  const report = await verify(data, options, unsigned);
  assert.deepEqual([report.verdict, report.format, report.signer.userId], ["valid", "eps", "555000000102"], report.reason);
  assert.deepEqual(report, await verify(signed, options));
  const other = unsigned.replace("Bisoprolol 2.5mg", "Bisoprolol 25mg");
  assert.notEqual(other, unsigned);
  assert.equal((await verify(data, options, other)).reason, "Signature doesn't match prescription");
  assert.equal((await verify(data, options)).verdict, "invalid", "without its prescription");
});

test("one call for every format, known by its octets", async () => {
  for (const [name, document, format, alone] of [
    ["prescription.xml", undefined, "eps", verifyEps],
    ["note.p7m", undefined, "cades", verifyCades],
    ["note.p7s", "note.txt", "cades", verifyCades],
    ["note.jws", undefined, "jades", verifyJades],
    ["letter.xml", undefined, "xades", verifyXades],
    ["letter.pdf", undefined, "pades", verifyPades],
  ]) {
    const beside = document && fixture(document);
    const report = await verify(fixture(name), options, beside);
    assert.deepEqual([report.verdict, report.format], ["valid", format], report.reason);
    assert.deepEqual(report, await alone(fixture(name), options, beside));
    const [signer, anchor] = report.path;
    assert.equal(signer.serial, report.signer.serial);
    assert.deepEqual([signer.issuer, anchor.subject], [anchor.subject, anchor.issuer]);
    const { source, revoked, ageSeconds, nextUpdate } = signer.revocation;
    assert.deepEqual([source, revoked, ageSeconds], ["list", false, 2700]);
    assert.equal(nextUpdate, "2036-11-23T09:00:00Z");
    assert.equal(anchor.revocation, null);
  }
  const signed = text("prescription.xml");
  const [element] = signed.match(/<Signature .*<\/Signature>/s);
  const unsigned = signed.replace(/<([a-zA-Z0-9:]*)signatureText>.*<\/\1signatureText>/s, "<$1signatureText/>");
  assert.notEqual(unsigned, signed);
  const apart = await verify(element, options, unsigned);
  assert.deepEqual([apart.verdict, apart.format], ["valid", "eps"], apart.reason);
  assert.equal((await verify(signed, options, "another")).verdict, "invalid");
  for (const unknown of ["", "Rest.", "<letter/>", new Uint8Array(9)]) {
    const report = await verify(unknown, options);
    assert.deepEqual([report.verdict, report.format, report.path], ["invalid", null, []]);
  }
});

test("a bare signature holds over its own document alone", async () => {
  const signed = {
    document: fixture("note.txt"),
    signature: fixture("note.sig"),
    algorithm: "ES256",
    certificate: text("nurse.pem"),
    signedAt: new Date("2026-11-23T09:40:00Z"),
  };
  const report = await verifyRaw(signed, options);
  assert.equal(report.verdict, "valid", report.reason);
  assert.equal(report.claimedTime, "2026-11-23T09:40:00Z");
  const document = `${text("note.txt")} Or not.`;
  assert.equal((await verifyRaw({ ...signed, document }, options)).verdict, "invalid");
  for (const algorithm of ["RS256", "ES384"]) {
    assert.equal((await verifyRaw({ ...signed, algorithm }, options)).verdict, "invalid");
  }
  const signature = signed.signature.slice(1);
  assert.equal((await verifyRaw({ ...signed, signature }, options)).verdict, "invalid");
});

test("what cannot be read is a TypeError that names it", async () => {
  const refused = (change, message) =>
    assert.rejects(verifyEps("<x/>", { ...options, ...change }), { name: "TypeError", message });
  await refused({ anchors: [Uint8Array.of(1)] }, /^anchors\[0\]: /);
  await refused({ anchors: ["no certificate"] }, "anchors[0]: no PEM block");
  await refused({ crls: [...crls, fixture("note.txt")] }, /^crls\[1\]: /);
  await refused({ requiredPolicies: ["first"] }, /^requiredPolicies\[0\]: /);
  await refused({ time: new Date(Number.NaN) }, "time: not a date");
  const signed = { document: "x", signature: Uint8Array.of(), certificate: root };
  await assert.rejects(verifyRaw({ ...signed, algorithm: "none" }, options), {
    name: "TypeError",
    message: /^algorithm: /,
  });
});

test("the vectors of tokens have the verdicts that they say", async () => {
  const file = new URL("../../../docs/vectors/authenticate.json", import.meta.url);
  const { cases, trust, time } = JSON.parse(readFileSync(file, "utf8"));
  assert.ok(cases.length > 10);
  for (const { name, token, origin, nonce, expect, ...others } of cases) {
    const options = { ...trust, ...others.trust, time: new Date(others.time ?? time) };
    const report = await verifyAuthentication(token, { origin, nonce, ...options });
    const failed = report.checks.find(({ passed }) => !passed)?.name ?? null;
    const found = { verdict: report.verdict, failed, userId: report.signer?.userId ?? null };
    assert.deepEqual(found, expect, `${name}: ${report.reason}`);
    assert.equal(report.format, "web-eid");
  }
});

test("the vectors of signatures have the reports that they say", async () => {
  const file = new URL("../../../docs/vectors/signatures.json", import.meta.url);
  const { cases, trust, time } = JSON.parse(readFileSync(file, "utf8"));
  const octets = (text) => text && new Uint8Array(Buffer.from(text, "base64"));
  const formats = new Set();
  for (const { name, file, document, signature, report, ...own } of cases) {
    const { requiredPolicies = [] } = own;
    const options = { ...trust, ...own.trust, requiredPolicies, time: new Date(own.time ?? time) };
    const raw = { ...own, document: octets(document), signature: octets(signature) };
    const found = await (file ? verify(octets(file), options, octets(document)) : verifyRaw(raw, options));
    assert.deepEqual(found, report, name);
    if (report.verdict === "valid") formats.add(report.format);
  }
  assert.deepEqual([...formats].sort(), ["cades", "eps", "jades", "jws", "pades", "raw", "xades", "xmldsig"]);
});

test("a token is judged as text or as what it was parsed to, whatever that is", async () => {
  const file = new URL("../../../docs/vectors/authenticate.json", import.meta.url);
  const { cases, trust, time } = JSON.parse(readFileSync(file, "utf8"));
  const { token, origin, nonce } = cases.find(({ name }) => name === "es256");
  const options = { origin, nonce, ...trust, time: new Date(time) };
  const report = await verifyAuthentication(token, options);
  assert.deepEqual([report.verdict, report.covered], ["valid", ["origin", "nonce"]]);
  assert.deepEqual(await verifyAuthentication(JSON.parse(token), options), report);
  for (const junk of [undefined, null, 7, "", "{}", [], { ...JSON.parse(token), signature: 1 }]) {
    assert.equal((await verifyAuthentication(junk, options)).verdict, "invalid");
  }
  for (const change of [{ origin: undefined }, { nonce: 7 }, { anchors: [Uint8Array.of(1)] }]) {
    await assert.rejects(verifyAuthentication(token, { ...options, ...change }), { name: "TypeError" });
  }
});

test("what is too long is refused, however long, and the module goes on", async () => {
  const endless = longest();
  const signature = fixture("note.p7s");
  const bare = { document: "", signature: new Uint8Array(64), algorithm: "ES256", certificate: text("nurse.pem") };
  const reports = [
    await verify(endless, options),
    await verify(signature, options, endless),
    await verifyCades(endless, options),
    await verifyEps(endless, options),
    await verifyPades(endless, options),
    await verifyJades(endless, options),
    await verifyXades(endless, options),
    await verifyRaw({ ...bare, document: endless }, options),
    await verifyRaw({ ...bare, signature: endless }, options),
  ];
  for (const { verdict, reason, checks } of reports) {
    const [{ name, passed }] = checks;
    assert.deepEqual([verdict, reason, name, passed], ["invalid", "Longer than what is read here", "format", false]);
  }
  assert.equal((await verify(signature, options, fixture("note.txt"))).verdict, "valid");
  // From JSON, where nothing is `null`.
  assert.equal((await verify(fixture("note.p7m"), options, null)).verdict, "valid");
});

/** Nobody writes into it, so that it takes no memory; a computer that promises none has one just too long. */
function longest() {
  try {
    return new Uint8Array(2 ** 32 - 1);
  } catch {
    return new Uint8Array(192 * 2 ** 20 + 1);
  }
}
