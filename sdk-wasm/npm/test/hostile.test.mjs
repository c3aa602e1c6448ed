// Files by strangers, made to break what reads them: each gets a report with the check that failed, within
// bounds of time and memory, and the same module still verifies a good file.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

/** What a file may take: the module's memory may grow by so much. */
const SECONDS = 20;
const MEBIBYTES = 32;
const TIMES_ITS_LENGTH = 4;
/** The check of XML that cannot be read, which could have been a prescription. */
const XML = "prescription";

if (isMainThread) tests();
else await serve();

/** In a thread of its own, which can be stopped whatever it does. */
async function serve() {
  const load = (name) => import(pathToFileURL(`${workerData.folder}/dist/${name}.js`).href);
  const { verify } = await load("verify");
  const { default: module } = await load("verify_module");
  parentPort.on("message", async ({ file, options, document }) => {
    try {
      const report = await verify(file, options, document);
      const { memory } = await module();
      parentPort.postMessage({ report, memory: memory.buffer.byteLength });
    } catch (error) {
      parentPort.postMessage({ error: `${error.name}: ${error.message}` });
    }
  });
  parentPort.postMessage("ready");
}

function tests() {
  const fixture = (name) => new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));
  const text = (name) => new TextDecoder().decode(fixture(name));
  const octets = (content) => (typeof content === "string" ? new TextEncoder().encode(content) : content);
  const options = { anchors: [text("root.pem")], crls: [text("root.crl")], time: new Date("2026-11-23T09:45:00Z") };
  let worker;

  before(async () => {
    const { folder } = await import("./packed.mjs");
    worker = new Worker(new URL(import.meta.url), { workerData: { folder } });
    assert.equal(await answer(), "ready");
  });
  after(() => worker.terminate());

  /** What the thread says next; who says nothing in time is stopped. */
  const answer = (name = "nothing") => {
    const controller = new AbortController();
    const { signal } = controller;
    const said = async (event) => (await once(worker, event, { signal }))[0];
    const late = async () => {
      await delay(SECONDS * 1000, undefined, { signal });
      await worker.terminate();
      throw new Error(`${name}: no answer in ${SECONDS} s`);
    };
    const gone = async () => assert.fail(`${name}: the thread ended: ${await said("exit")}`);
    return Promise.race([said("message"), gone(), late()]).finally(() => controller.abort());
  };

  const judged = async (name, file, { document, crls = options.crls } = {}) => {
    worker.postMessage({ file, options: { ...options, crls }, document });
    const { report, memory, error } = await answer(name);
    assert.equal(error, undefined, `${name}: thrown`);
    return { report, memory };
  };

  /** That it is refused by this check, for a reason with these words in it, and a good one is not. */
  const refused = async (name, content, check, words, document) => {
    const file = octets(content);
    const before = await judged(name, fixture("note.p7m"));
    const { report, memory } = await judged(name, file, { document });
    assert.equal(report.verdict, "invalid", `${name}: ${JSON.stringify(report)}`);
    const failed = report.checks.find(({ passed }) => !passed);
    const said = `${report.reason} (${failed?.detail})`;
    assert.equal(failed?.name, check, `${name}: ${said}`);
    assert.ok(said.includes(words), `${name}: ${said}`);
    assert.ok(said.length < 400, `${name}: it repeats what it read: ${said.length} characters`);
    const most = before.memory + MEBIBYTES * 2 ** 20 + TIMES_ITS_LENGTH * file.length;
    assert.ok(memory <= most, `${name}: ${memory} octets of memory for ${file.length}`);
    const good = await judged(name, fixture("note.p7m"));
    assert.equal(good.report.verdict, "valid", `after ${name}: ${good.report.reason}`);
  };

  /** That it is none of a stranger's doing, and is judged within the same bounds. */
  const holds = async (name, content) => {
    const { report } = await judged(name, octets(content));
    assert.equal(report.verdict, "valid", `${name}: ${report.reason}`);
  };

  const letter = text("letter.xml");
  /** The letter with this in place of that, which has to be there once. */
  const changed = (from, to, source = letter) => {
    assert.equal(source.split(from).length, 2, from);
    return source.replace(from, () => to);
  };

  test("a document type is refused unread", async () => {
    const lol = (n) => `<!ENTITY l${n} "${`&l${n - 1};`.repeat(10)}">`;
    const bomb = `<!DOCTYPE letter [<!ENTITY l0 "lol">${[1, 2, 3, 4, 5, 6, 7, 8, 9].map(lol).join("")}]>`;
    const outside = '<!DOCTYPE letter SYSTEM "file:///etc/passwd">';
    const DTD = "document type declaration";
    for (const [name, type] of Object.entries({ bomb, outside, bare: "<!DOCTYPE letter>" })) {
      await refused(name, type + letter, XML, DTD);
      await refused(`${name}, of a prescription`, type + text("prescription.xml"), XML, DTD);
      await refused(`${name}, used`, type + changed("Rest.", "&l9;"), XML, DTD);
    }
    await refused("an entity that nobody defined", changed("Rest.", "&l9;"), XML, "unknown entity");
  });

  test("nesting ends at a limit", async () => {
    for (const levels of [200, 1_000_000]) {
      const deep = "<a>".repeat(levels) + "</a>".repeat(levels);
      await refused(`XML, ${levels}`, changed("Rest.", deep), XML, "nested too deep");
      await refused(`XML, never closed, ${levels}`, "<a>".repeat(levels), XML, "nested too deep");
      const lists = "[".repeat(levels);
      await refused(`JSON, ${levels}`, `{"payload":${lists}`, "format", "");
      const closed = lists + "]".repeat(levels);
      const [protect, payload, signature] = text("note.jws").split(".");
      const json = JSON.stringify({ protected: protect, payload, signature, header: { etsiU: [{ x: 0 }] } });
      await holds(`JSON, in what nobody signed or reads, ${levels}`, json.replace('"x":0', () => `"x":${closed}`));
      const header = Buffer.from(`{"alg":${closed}}`).toString("base64url");
      await refused(`a header, ${levels}`, `${header}.${payload}.${signature}`, "format", "");
      const indefinite = new Uint8Array(2 * levels).map((_, at) => (at % 2 ? 0x80 : 0x30));
      await refused(`BER, ${levels}`, indefinite, "format", "");
      const pdf = `%PDF-1.4\n1 0 obj\n${"[".repeat(levels)}\nendobj\nxref\n0 1\n0000000000 65535 f \ntrailer\n`;
      const trailer = `${pdf}<</Size 2/Root ${"<</A ".repeat(levels)}>>\nstartxref\n${pdf.indexOf("xref")}\n%%EOF\n`;
      await refused(`a PDF, ${levels}`, trailer, "format", "too deep");
    }
  });

  test("an identifier that is there twice names nothing", async () => {
    const [properties] = letter.match(/Id="signature-[0-9a-f]+-properties"/);
    const twice = changed("<body>", `<body ${properties}>`);
    // Over the letter the digest is another, too, and said first.
    await refused("on the letter's body", twice, "digest", "");
    const [signed] = letter.match(/<xades:SignedProperties.*<\/xades:SignedProperties>/);
    await refused("of the properties", changed(signed, signed + signed), "format", "properties are missing");
    const [signature] = letter.match(/<ds:Signature .*<\/ds:Signature>/);
    await refused("of the signature", changed(signature, signature + signature), "format", "more than one signature");
    await refused("an attribute", changed("<body>", '<body a="1" a="2">'), XML, "attribute given twice");
  });

  test("what was signed may not be moved away", async () => {
    const [signature] = letter.match(/<ds:Signature .*<\/ds:Signature>/);
    const [object] = letter.match(/<ds:Object>.*<\/ds:Object>/);
    const around = `<letter><to>Dr Whitfield</to><body>Run.</body>${letter}</letter>`;
    await refused("another letter around it", around, "digest", "doesn't match document");
    const kept = changed(signature, signature.replace("</ds:Signature>", `<ds:Object>${letter}</ds:Object></ds:Signature>`));
    await refused("the letter in an Object", kept.replace("Rest.", "Run."), "digest", "");
    const forged = object
      .replace(/-properties"/, '-others"')
      .replace("2026-11-23T09:30:00Z", "2026-11-20T09:30:00Z");
    assert.notEqual(forged, object);
    await refused("other properties before those", changed(object, forged + object), "format", "another signature");
    await refused("other properties after those", changed(object, object + forged), "format", "another signature");
    const deeper = `<ds:Object>${object.replaceAll("ds:Object", "ds:Manifest")}</ds:Object>`;
    await refused("the properties further down", changed(object, forged + deeper), "signedProperties", "");
    const beside = text("letter-beside.xml");
    const inside = changed("</ds:Signature>", "<ds:Object><letter/></ds:Object></ds:Signature>", beside);
    const document = letter.replace(signature, "");
    assert.equal((await judged("beside", octets(beside), { document })).report.verdict, "valid");
    await refused("an Object more", inside, "coverage", "", document);
    const prescription = text("prescription.xml");
    const other = changed("Bisoprolol 2.5mg", "Bisoprolol 25mg", prescription);
    const [shell, unsigned] = [/<([a-zA-Z0-9:]*)signatureText>.*<\/\1signatureText>/s, "<$1signatureText/>"];
    const batch = `<batch>${other.replace(shell, unsigned)}${prescription}</batch>`;
    await refused("another prescription before it", batch, XML, "more than one ParentPrescription");
  });

  test("what was cut off holds nowhere", async () => {
    for (const name of ["note.p7m", "note.p7s", "note.jws", "letter.xml", "letter.pdf", "prescription.xml"]) {
      const whole = fixture(name);
      const document = name === "note.p7s" ? text("note.txt") : undefined;
      assert.equal((await judged(name, whole, { document })).report.verdict, "valid");
      // Not the line's end that a text may lack.
      for (let length = 1; length < whole.length - 8; length += Math.ceil(whole.length / 40)) {
        const cut = whole.slice(0, length);
        const { report } = await judged(`${name} up to ${length}`, cut, { document });
        const failed = report.checks.find(({ passed }) => !passed);
        assert.deepEqual([report.verdict, Boolean(failed)], ["invalid", true], `${name} up to ${length}`);
      }
    }
    const cms = fixture("note.p7m");
    for (const length of [4, 20, 600, cms.length - 1]) {
      await refused(`CMS up to ${length}`, cms.slice(0, length), "format", "");
    }
    // It says that it is longer than there is memory.
    for (const length of [[0x84, 0xff, 0xff, 0xff, 0xff], [0x84, 0x7f, 0xff, 0xff, 0xff], [0x88, 1, 1, 1, 1, 1, 1, 1, 1]]) {
      await refused(`CMS of ${length}`, Uint8Array.from([0x30, ...length, ...cms.slice(4)]), "format", "");
    }
  });

  test("a PDF's references end somewhere", async () => {
    const twice = Buffer.from(fixture("letter-twice.pdf")).toString("latin1");
    /** With other references, every other octet in its place. */
    const pdf = (from, to) => {
      assert.ok(to.length <= from.length, to);
      return new Uint8Array(Buffer.from(changed(from, to.padEnd(from.length), twice), "latin1"));
    };
    const last = "/Prev 11621>>";
    const [first] = twice.match(/\/Info 6 0 R\/ID \[[^\]]*\]\/Prev 976>>/);
    await refused("a section before itself", pdf(last, "/Prev 22631>>"), "format", "lead back");
    await refused("two before each other", pdf(first, "/Prev 22631>>"), "format", "lead back");
    await refused("one before the file", pdf(first, "/Prev 0>>"), "format", "");
    await refused("one behind the file", pdf(last, "/Prev 99999>>"), "format", "");
    await refused("the last one nowhere", pdf("startxref\n22631", "startxref\n99999"), "format", "leads nowhere");
    await refused("the last one cut off", new Uint8Array(Buffer.from(twice.slice(0, 22700), "latin1")), "format", "");
    const [table] = twice.slice(22631).match(/xref\n[0-9]+ [0-9]+\n[0-9]{10} [0-9]{5} n/);
    await refused("a table of a billion", pdf(`${table}`, "xref\n1 999999999\n"), "format", "");
    const loop = "%PDF-1.4\n1 0 obj\n1 0 R\nendobj\n2 0 obj\n<</Length 2 0 R>>stream\nx\nendstream\nendobj\n";
    const at = (what) => String(loop.indexOf(what)).padStart(10, "0");
    const section = `xref\n0 3\n0000000000 65535 f \n${at("1 0 obj")} 00000 n \n${at("2 0 obj")} 00000 n \n`;
    const trailer = (root) => `${loop}${section}trailer\n<</Size 3/Root ${root}>>\nstartxref\n${loop.length}\n%%EOF\n`;
    await refused("an object that is itself", trailer("1 0 R"), "format", "too tangled");
    await refused("a length that is itself", trailer("2 0 R"), "format", "");
  });

  test("rubbish is nothing that is known, whatever it begins with", async () => {
    let state = 123_456_789;
    const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24;
    const starts = ["", "%PDF-1.7\n", "0\u0082", "<", "<ds:Signature ", "{", '{"protected":"', "eyJ", "\ufeff<", "PK"];
    for (const start of starts) {
      for (const length of [0, 1, 1000, 100_000]) {
        const rubbish = Uint8Array.from({ length }, next);
        const file = Buffer.concat([Buffer.from(start, start.startsWith("\ufeff") ? "utf8" : "latin1"), rubbish]);
        const check = /^\ufeff?</.test(start) ? XML : "format";
        await refused(`${JSON.stringify(start)} and ${length} octets`, new Uint8Array(file), check, "");
      }
    }
    // One octet of a good file is another; those that nobody signed may be.
    for (const name of ["note.p7m", "note.jws", "letter.xml", "letter-twice.pdf", "prescription.xml"]) {
      for (let turn = 0; turn < 60; turn += 1) {
        const file = fixture(name);
        file[((next() << 16) | (next() << 8) | next()) % file.length] ^= 1 << (next() % 8);
        const { report } = await judged(`${name} ${turn}`, file);
        assert.equal(report.verdict === "valid", report.checks.every(({ passed }) => passed), name);
      }
    }
  });

  test("size ends at a limit that is named", async () => {
    const spaces = (count) => new Uint8Array(count).fill(0x20);
    const MB = 1_000_000;
    await refused("60 MB of spaces", spaces(60 * MB), "format", "Not a signature");
    const spaced = Buffer.concat([octets(letter), spaces(60 * MB)]);
    await refused("XML and 60 MB of spaces", new Uint8Array(spaced), "format", "too large");
    await refused("too many elements", changed("Rest.", "<b/>".repeat(1_000_000)), XML, "too many nodes");
    const many = Array.from({ length: 100_000 }, (_, at) => ` a${at}=""`).join("");
    await refused("too many attributes", changed("<body>", `<body${many}>`), XML, "too many attributes");
    const pdf = new Uint8Array(Buffer.concat([fixture("letter.pdf"), spaces(60 * MB)]));
    await holds("a PDF and 60 MB of spaces", pdf);
    const header = Buffer.from(`{"alg":"ES256","x":"${"a".repeat(MB)}"}`).toString("base64url");
    await refused("a header of 1 MB", `${header}.e30.AAAA`, "format", "the header is too long");
    const members = Array.from({ length: 200_000 }, (_, at) => `"m${at}":0`).join();
    await refused("too many members", `{${members}}`, "format", "");
    // The last one, for a module's memory never shrinks.
    await refused("above what is read at all", spaces(192 * 2 ** 20 + 1), "format", "Longer than what is read here");
  });
}
