import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fakeWindow, until } from "./fake.mjs";
import { load } from "./packed.mjs";

const { connect, WardkeyError } = await load("dist/index.js");

const open = [];
after(() => open.forEach((wardkey) => wardkey.close()));

const CHUNK = 256 * 1024;
const WINDOW = 8;
const UNASKED = 2;

async function connected() {
  const wardkey = await connect();
  open.push(wardkey);
  return wardkey;
}

const refused = (code) => (error) => error instanceof WardkeyError && error.code === code;

function octets(size) {
  return Uint8Array.from({ length: size }, (_, place) => (place * 7 + (place >> 8)) & 0xff);
}

function document(id, content) {
  return { id, name: `Document ${id}`, mediaType: "application/dicom", content };
}

const base64 = (content) => Buffer.from(content).toString("base64");

/** An agent that asks for chunks as the real one does, and keeps what came. */
class Agent {
  received = new Map();
  chunks = 0;
  most = 0;
  #credit = UNASKED;

  /** @param answer makes the answer when every document is there */
  constructor(window, answer) {
    this.window = window;
    window.agent = (frame) => {
      if (frame.command) return this.#begin(frame);
      if (frame.chunk) return this.#take(frame.chunk, answer);
      return undefined;
    };
  }

  #begin({ id, v, args }) {
    this.id = id;
    this.version = v;
    this.args = args;
    this.due = args.documents.filter(({ size }) => size !== undefined);
    this.total = this.due.reduce((sum, { size }) => sum + Math.ceil(size / CHUNK), 0);
    const credit = Math.min(WINDOW, this.total);
    return credit > UNASKED ? this.#give(credit) : undefined;
  }

  #give(credit) {
    this.#credit = credit;
    return { credit };
  }

  #take({ document, number, octets }, answer) {
    assert.equal(number, this.chunks);
    assert.ok(number < this.#credit, "beyond the credit");
    const [due] = this.due;
    assert.equal(document, due.id);
    const before = this.received.get(document) ?? Buffer.alloc(0);
    const piece = Buffer.from(octets, "base64");
    assert.equal(piece.length, Math.min(CHUNK, due.size - before.length));
    this.received.set(document, Buffer.concat([before, piece]));
    if (before.length + piece.length === due.size) this.due.shift();
    this.chunks += 1;
    if (this.due.length === 0) return { ok: answer(this) };
    return this.chunks % 4 === 0 ? this.#give(Math.min(this.chunks + WINDOW, this.total)) : undefined;
  }
}

const signed = (results) => ({ certificate: base64("cert"), results });

test("a document of two chunks is asked for by nobody", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const content = octets(CHUNK * 2);
  const agent = new Agent(window, () => signed([{ id: "scan", signature: base64("sig"), algorithm: "RS256" }]));
  const { results } = await wardkey.sign({
    format: "cades",
    packaging: "detached",
    documents: [document("scan", content)],
  });
  assert.equal(results[0].id, "scan");
  assert.equal(agent.chunks, 2);
  assert.ok(agent.received.get("scan").equals(Buffer.from(content)));
});

test("documents go in chunks as they are asked for, a blob piece by piece", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const content = octets(CHUNK * 20 + 5);
  const blob = new Blob([content]);
  let most = 0;
  const slice = blob.slice.bind(blob);
  blob.slice = (from, to) => {
    most = Math.max(most, to - from);
    return slice(from, to);
  };
  blob.arrayBuffer = () => assert.fail("read whole");
  const agent = new Agent(window, () =>
    signed([
      { id: "scan", signature: base64("sig"), algorithm: "RS256" },
      { id: "note", signature: base64("sig"), algorithm: "RS256" },
    ]),
  );
  const progress = [];
  const { results } = await wardkey.sign(
    {
      format: "cades",
      packaging: "detached",
      documents: [document("scan", blob), document("note", "h\u00e9".repeat(100_000))],
    },
    { onTransfer: (news) => progress.push(news) },
  );
  assert.equal(agent.version, 2);
  assert.deepEqual(agent.args.documents[0], {
    id: "scan", name: "Document scan", mediaType: "application/dicom", size: content.length,
  });
  assert.deepEqual(agent.received.get("scan"), Buffer.from(content));
  assert.equal(agent.received.get("note").toString(), "h\u00e9".repeat(100_000));
  assert.equal(most, CHUNK);
  assert.equal(results.length, 2);
  const total = content.length + 300_000;
  assert.deepEqual(progress.at(-1), { sent: total, total });
  assert.ok(progress.length === 23 && progress.every(({ sent }, at) => at === 0 || sent > progress[at - 1].sent));
});

test("many documents that are small alone fit no message together", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const documents = Array.from({ length: 250 }, (_, id) => document(`${id}`, octets(10_000 + id)));
  const agent = new Agent(window, () => signed(documents.map(({ id }) => ({ id, signature: "" }))));
  const { results } = await wardkey.sign({ format: "cades", documents });
  assert.equal(results.length, 250);
  const inline = agent.args.documents.filter(({ content }) => content !== undefined);
  const size = inline.reduce((sum, { content }) => sum + Buffer.from(content, "base64").length, 0);
  assert.ok(inline.length > 20 && size <= CHUNK, `${inline.length} of ${size}`);
  assert.equal(agent.received.size + inline.length, 250);
  assert.deepEqual(agent.received.get("249"), Buffer.from(octets(10_249)));
});

test("signatures come in chunks too, and credit goes back", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const signature = octets(CHUNK * 20 + 9);
  let credit = WINDOW;
  let sent = 0;
  const frames = () => {
    for (; sent < credit && sent * CHUNK < signature.length; sent += 1) {
      const piece = signature.subarray(sent * CHUNK, (sent + 1) * CHUNK);
      window.send({ id: 1, chunk: { document: "b", number: sent, octets: base64(piece) } });
    }
    if (sent * CHUNK < signature.length) return undefined;
    return {
      ok: signed([
        { id: "a", signature: base64("a"), algorithm: "RS256" },
        { id: "b", size: signature.length, algorithm: "RS256" },
      ]),
    };
  };
  window.agent = (frame) => {
    if (frame.credit !== undefined) {
      assert.ok(frame.credit > credit && frame.credit <= sent + WINDOW);
      credit = frame.credit;
    }
    return sent * CHUNK < signature.length ? frames() : undefined;
  };
  const { results } = await wardkey.sign({
    format: "xades",
    documents: [document("a", "<a/>"), document("b", "<b/>")],
  });
  assert.deepEqual(results[1], { id: "b", signature, algorithm: "RS256" });
});

test("signature and document join in each way", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const content = octets(CHUNK * 2 + 1);
  const encoded = Buffer.from(content);
  for (const [how, at, expected] of [
    ["around", 4, ["head", encoded, "tail"]],
    ["around", 0, ["", encoded, "headtail"]],
    ["around_base64", 4, ["head", encoded.toString("base64"), "tail"]],
    ["around_base64url", 4, ["head", encoded.toString("base64url"), "tail"]],
    ["within", 300_000, [encoded.subarray(0, 300_000), "headtail", encoded.subarray(300_000)]],
    ["within", content.length, [encoded, "headtail", ""]],
  ]) {
    new Agent(window, () =>
      signed([{ id: "a", signature: base64("headtail"), join: { how, at }, algorithm: "RS256" }]),
    );
    const { results } = await wardkey.sign({ format: "cades", documents: [document("a", new Blob([content]))] });
    const whole = Buffer.concat(expected.map((part) => Buffer.from(part)));
    assert.ok(whole.equals(results[0].signature), `${how} ${at}`);
  }
  for (const [how, at] of [["around", 9], ["within", content.length + 1]]) {
    new Agent(window, () => signed([{ id: "a", signature: base64("headtail"), join: { how, at } }]));
    const { results } = await wardkey.sign({ format: "cades", documents: [document("a", content)] });
    assert.equal(results[0].error.code, "internal");
  }
});

test("a call that is given up in the middle sends no more", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const controller = new AbortController();
  const agent = new Agent(window, () => assert.fail("whole"));
  const call = wardkey.sign(
    { format: "cades", documents: [document("a", new Blob([octets(CHUNK * 40)]))] },
    { signal: controller.signal, onTransfer: ({ sent }) => sent > 3 * CHUNK && controller.abort() },
  );
  await assert.rejects(call, refused("cancelled"));
  await until(() => window.port.requests.some(({ cancel }) => cancel === agent.id));
  const chunks = agent.chunks;
  assert.ok(chunks >= 4 && chunks <= 5, `${chunks}`);
  // Late credit reaches nobody.
  window.send({ id: agent.id, credit: 40 });
  window.agent = () => ({ ok: { agent: "0.1.0", protocol: 2 } });
  await wardkey.status();
  assert.equal(window.port.requests.filter(({ chunk }) => chunk).length, chunks);
});

test("a file that can't be read any more ends the call, at the agent too", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const agent = new Agent(window, () => assert.fail("whole"));
  const blob = new Blob([octets(CHUNK * 4)]);
  const slice = blob.slice.bind(blob);
  blob.slice = (from, to) => {
    if (from > CHUNK) throw new DOMException("The file was changed.", "NotReadableError");
    return slice(from, to);
  };
  const call = wardkey.sign({ format: "cades", documents: [document("a", blob)] });
  await assert.rejects(call, (error) =>
    error.code === "argument_invalid" && error.details.document === "a" && error.cause.name === "NotReadableError");
  await until(() => window.port.requests.some(({ cancel }) => cancel === agent.id));
});

test("a road that breaks in the middle ends the call", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  new Agent(window, () => assert.fail("whole"));
  const call = wardkey.sign(
    { format: "cades", documents: [document("a", new Blob([octets(CHUNK * 40)]))] },
    { onTransfer: ({ sent }) => sent === 2 * CHUNK && window.end("agent_gone") },
  );
  await assert.rejects(call, refused("outcome_unknown"));
});

test("an extension of before says so, and is asked no more", async () => {
  const window = fakeWindow();
  window.greeting = { hello: { version: 1, extension: "0.0.9" } };
  const wardkey = await connected();
  const large = wardkey.sign({ format: "cades", documents: [document("a", octets(CHUNK + 1))] });
  await assert.rejects(large, (error) =>
    error.code === "version_mismatch" && error.details.extension === "0.0.9" && error.details.needed === 2);
  assert.equal(window.port.requests.length, 0);
  window.agent = () => ({ ok: signed([{ id: "a", signature: "" }]) });
  await wardkey.sign({ format: "cades", documents: [document("a", "small")] });
  assert.equal(window.port.requests[0].v, 1);
});

test("the first chunks go with the call, and no others before there is credit", async () => {
  const window = fakeWindow();
  const wardkey = await connected();
  const came = [];
  window.agent = (frame) => {
    if (frame.chunk) came.push([frame.chunk.number, frame.chunk.octets.length]);
    return undefined;
  };
  const stop = new AbortController();
  const content = octets(CHUNK * UNASKED + 1);
  const call = wardkey.sign(
    { format: "cades", documents: [document("scan", content)] },
    { signal: stop.signal },
  );
  const length = Math.ceil(CHUNK / 3) * 4;
  await until(() => came.length === UNASKED);
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(came, [[0, length], [1, length]]);
  stop.abort();
  await assert.rejects(call, refused("cancelled"));
});
