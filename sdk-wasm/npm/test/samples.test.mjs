// Runs the samples of the documentation, and those of the types, each as it stands there. What they take
// from around them (a button, a file, what the app does next) stands here, and what became of it is
// looked at.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { fakeWindow, until } from "./fake.mjs";
import { folder, load } from "./packed.mjs";

const fixture = (name) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8");
const page = (name) => readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");
const types = (name) => readFileSync(join(folder, name), "utf8").replace(/^ *\* ?/gm, "");
const vectors = JSON.parse(page("docs/vectors/authenticate.json"));
const { connect } = await load("dist/index.js");

const open = [];
after(() => open.forEach((wardkey) => wardkey.close()));

/** An agent that signs whatever it gets. */
function window() {
  const window = fakeWindow();
  window.agent = ({ id, command, args }) => {
    if (command === "subscribe") return { ok: { seq: 0, cardPresent: true } };
    if (command === "sign") {
      const total = args.documents.length;
      const results = args.documents.map(({ id }) => ({ id, signature: btoa("signed"), algorithm: "ES256" }));
      results.forEach((_, done) => window.send({ id, progress: { done: done + 1, total } }));
      return { ok: { certificate: btoa("certificate"), results } };
    }
    if (command === "authenticate") return { ok: { format: "web-eid:1.0" } };
    return { ok: { session: {}, ticket: "ticket", agent: "0.1.0", protocol: 2 } };
  };
  return window;
}

async function connected() {
  const wardkey = await connect();
  open.push(wardkey);
  return wardkey;
}

/** A `fetch` that notes what is sent, and answers. */
function server(answers = {}) {
  const sent = [];
  const fetch = async (address, { body } = {}) => {
    sent.push([address, body && JSON.parse(body)]);
    return answers[address] ?? { json: async () => ({}) };
  };
  return { sent, fetch };
}

const documents = ["a", "b"].map((id) => ({ id, name: id, mediaType: "text/plain", content: id }));
const must = (name) => () => assert.fail(name);

/** Of each document, a function for each sample, in their order: what it needs, what came of it. */
const SAMPLES = {
  "README.md": [
    async (run) => {
      window();
      const { sent, fetch } = server();
      const signInButton = {};
      const { wardkey } = await run({ fetch, signInButton, showSignedOut: must("signed out") });
      open.push(wardkey);
      await signInButton.onclick();
      assert.deepEqual(sent, [["/api/session", { ticket: "ticket" }]]);
    },
  ],
  "docs/authenticate.md": [
    async (run) => {
      window();
      const nonce = vectors.cases[0].nonce;
      const { sent, fetch } = server({ "/login/nonce": { json: async () => ({ nonce }) } });
      await run({ fetch, wardkey: await connected() });
      assert.deepEqual(sent, [["/login/nonce", undefined], ["/login", { format: "web-eid:1.0" }]]);
    },
    async (run) => {
      const { token, nonce } = vectors.cases.find(({ name }) => name === "es256");
      const [loginCa] = vectors.trust.anchors;
      const [currentList] = vectors.trust.crls;
      const session = { takeNonce: () => nonce };
      const users = [];
      const around = { body: token, loginCa, currentList, session, refuse: must("refused") };
      await run({ ...around, signIn: (user) => users.push(user) });
      assert.deepEqual(users, ["555000000101"]);
    },
  ],
  "docs/testing.md": [
    async (run) => {
      const { wardkeyOf } = await run({});
      const amira = { name: "Amira Okafor" };
      const wardkey = wardkeyOf(amira, { signOut: "server_unreachable" });
      assert.deepEqual((await wardkey.signIn()).session.user, amira);
      await assert.rejects(wardkey.signOut(), { name: "WardkeyError", code: "server_unreachable" });
      const heard = [];
      const stop = wardkey.on("session_ended", ({ cause }) => heard.push(cause));
      wardkey.happen("session_ended", { cause: "card_removed" });
      wardkey.happen("card_inserted");
      stop();
      wardkey.happen("session_ended", { cause: "signed_out" });
      assert.deepEqual(heard, ["card_removed"]);
    },
    async (run) => {
      // Neither browser nor simulator are here: what is asked of them is noted.
      const asked = [];
      const note = (...what) => void asked.push(what.join(" "));
      const execFileSync = (program, words) => {
        note(program.split("/").at(-1), ...words);
        return words[0] === "env" ? "export WARDKEY_INSTANCE='/agent'\n" : "";
      };
      const page = {
        goto: note,
        click: note,
        getByText: (text) => ({ waitFor: () => note("see", text) }),
      };
      const launchPersistentContext = (profile, { env, args }) => {
        assert.equal(env.WARDKEY_INSTANCE, "/agent");
        assert.match(args.join(), /--load-extension=\/.*wardkey-simulator\/extension$/);
        return { newPage: () => page, close: () => rmSync(profile, { recursive: true }) };
      };
      const modules = {
        "node:child_process": { execFileSync },
        "node:fs": { mkdtempSync },
        "node:path": { resolve },
        "playwright-core": { chromium: { launchPersistentContext } },
      };
      const { profile } = await run({ modules });
      assert.deepEqual(asked, [
        `wardkey-host install --browser chromium --manifest-dir ${profile}/NativeMessagingHosts`,
        "wardkey-simulator env",
        "http://localhost:5173",
        "#sign-in",
        "see Prescriber",
        "wardkey-simulator remove",
        "see Nobody is signed in",
      ]);
    },
  ],
  "docs/web-developers.md": [
    async (run) => {
      const fake = window();
      fake.agent = () => ({ ok: { session: { user: { name: "Okafor Amira" } }, ticket: "ticket" } });
      const { sent, fetch } = server();
      const { wardkey, signIn } = await run({ fetch });
      open.push(wardkey);
      assert.equal(await signIn(), "Okafor Amira");
      assert.deepEqual(sent, [["/api/session", { ticket: "ticket" }]]);
    },
    async (run) => {
      const fake = window();
      const told = [];
      const cover = (...why) => told.push(why);
      await run({ wardkey: await connected(), cover, uncover: (session) => told.push([session]) });
      await until(() => fake.port.requests.length === 1);
      const happen = (seq, event, data) => fake.send({ seq, event, data });
      happen(1, "session_locked", { cause: "card_removed" });
      happen(2, "session_changed", { state: "suspended" });
      happen(3, "session_changed", { state: "active" });
      happen(4, "session_resumed", { session: {} });
      await until(() => told.length === 3);
      const expected = [["session_locked", "card_removed"], ["session_changed", "suspended"], [{}]];
      assert.deepEqual(told, expected);
    },
    async (run) => {
      window();
      const steps = [];
      const around = { wardkey: await connected(), documents, tell: (step) => steps.push(step) };
      const { failed, results } = await run(around);
      assert.deepEqual([steps, failed, results.length], [["1 of 2", "2 of 2"], [], 2]);
    },
    async (run) => {
      const fake = window();
      const { agent } = fake;
      const keys = [];
      fake.agent = (request) => {
        keys.push(request.args.key);
        if (keys.length > 1) return agent(request);
        return { error: { code: "outcome_unknown", message: "m.", remedy: "r." } };
      };
      const around = { wardkey: await connected(), userWantsToGoOn: async () => {} };
      const { signOnce } = await run(around);
      const { results } = await signOnce({ format: "cades", documents });
      assert.deepEqual([results.length, keys.length, new Set(keys).size], [2, 2, 1]);
    },
    async (run) => {
      const told = [];
      const note = (...facts) => told.push(facts);
      const { attempt } = await run({ report: note, show: note });
      const failing = (code, party) => attempt(() => Promise.reject({ code, party, message: code }));
      await failing("user_cancelled", "user");
      await failing("card_missing", "device");
      await failing("internal", "bug");
      assert.deepEqual(told.map(([first]) => first), ["card_missing", "internal", "internal"]);
      assert.equal(await attempt(async () => 7), 7);
    },
  ],
  "sdk-wasm/npm/README.md": [
    async (run) => {
      const fake = window();
      const { sent, fetch } = server();
      let click;
      const button = { addEventListener: (event, handler) => (click = handler) };
      const shown = [];
      const around = { button, fetch, show: (...told) => shown.push(told), location: {}, cover() {} };
      const { wardkey } = await run(around);
      open.push(wardkey);
      await click();
      assert.deepEqual(sent, [["/session", { ticket: "ticket" }]]);
      fake.agent = () => ({ error: { code: "card_missing", message: "There is none.", remedy: "Put it in." } });
      await click();
      assert.deepEqual(shown, [["There is none.", "Put it in."]]);
    },
    async (run) => {
      window();
      const kept = [];
      const keep = (id, signature) => kept.push([id, new TextDecoder().decode(signature)]);
      await run({ wardkey: await connected(), xml: "<x/>", keep, show: must("error") });
      assert.deepEqual(kept, [["rx-1", "signed"]]);
    },
    async (run) => {
      window();
      const bar = {};
      const { results } = await run({ wardkey: await connected(), documents, bar });
      assert.deepEqual([bar.value, results.length], [1, 2]);
    },
    async (run) => {
      const around = { file: fixture("note.jws"), rootPem: fixture("root.pem"), listDer: fixture("root.crl") };
      const { report } = await run({ ...around, refuse: must("refused") });
      assert.equal(report.verdict, "valid");
    },
    async (run) => {
      const fake = window();
      const frame = {};
      await run({ wardkey: await connected(), frame });
      const [{ command, args }] = fake.port.requests;
      assert.deepEqual([command, args.origins], ["delegate", ["https://letters.example"]]);
      assert.equal(frame.src, "https://letters.example/new");
    },
    async (run) => {
      window();
      const { cards, token } = await run({ nonce: vectors.cases[0].nonce });
      open.push(cards);
      assert.equal(token.format, "web-eid:1.0");
    },
    async (run) => {
      window();
      const core = readFileSync(join(folder, "dist/core.wasm"));
      const { wardkey } = await run({ fetch: async () => core });
      open.push(wardkey);
      assert.equal((await wardkey.status()).agent, "0.1.0");
    },
  ],
};

/** The same of the types that the package is handed out with, which the reference shows. */
const SAMPLES_OF_TYPES = {
  "dist/index.d.ts": [
    async (run) => {
      const fake = window();
      const { sent, fetch } = server();
      const [button, left] = [{}, []];
      const location = { assign: (address) => left.push(address) };
      const { wardkey } = await run({ button, fetch, location });
      open.push(wardkey);
      await button.onclick();
      assert.deepEqual(sent, [["/api/session", { ticket: "ticket" }]]);
      await until(() => fake.port.requests.some(({ command }) => command === "subscribe"));
      fake.send({ seq: 1, event: "session_ended", data: { cause: "expired", state: "ended" } });
      await until(() => left.length === 1);
      assert.deepEqual(left, ["/signed-out"]);
    },
  ],
  "dist/error.d.ts": [
    async (run) => {
      const { WardkeyError } = await load("dist/index.js");
      const shown = [];
      const show = (...told) => shown.push(told);
      const failing = (code) => {
        const trouble = { code, party: "user", message: "m.", remedy: "r.", details: {} };
        return { signIn: () => Promise.reject(new WardkeyError(trouble)) };
      };
      await run({ WardkeyError, show, wardkey: failing("user_cancelled") });
      await run({ WardkeyError, show, wardkey: failing("card_missing") });
      assert.deepEqual(shown, [["m.", "r."]]);
    },
  ],
  "dist/slim.d.ts": [
    async (run) => {
      window();
      const fetch = async (address) => readFileSync(join(folder, address));
      const modules = { "wardkey/core.wasm?url": { default: "dist/core.wasm" } };
      const { wardkey } = await run({ fetch, modules });
      open.push(wardkey);
      assert.equal((await wardkey.status()).agent, "0.1.0");
    },
  ],
  "dist/verify.d.ts": [
    async (run) => {
      const signedFile = fixture("note.jws");
      const around = { rootPem: fixture("root.pem"), listDer: fixture("root.crl") };
      const refused = [];
      const refuse = (reason) => refused.push(reason);
      assert.equal((await run({ ...around, signedFile, refuse })).report.verdict, "valid");
      const { report } = await run({ ...around, signedFile: signedFile.replace("a", "b"), refuse });
      assert.deepEqual(refused, [report.reason]);
    },
    async (run) => {
      const { token, nonce, origin } = vectors.cases.find(({ name }) => name === "es256");
      const { anchors, crls } = vectors.trust;
      const { verifyAuthentication } = await load("dist/verify.js");
      const users = [];
      const around = { verifyAuthentication, token, nonce, origin, anchors, crls };
      await run({ ...around, signIn: (user) => users.push(user) });
      assert.deepEqual(users, ["555000000101"]);
    },
  ],
  "dist/adapters/nhs-auth.d.ts": [
    async (run) => {
      window();
      const entered = [];
      const modules = { wardkey: { connect: connected } };
      await run({ modules, show: must("error"), enter: (token) => entered.push(token) });
      await until(() => entered.length === 1);
      assert.deepEqual(entered, ["ticket"]);
    },
  ],
  "dist/adapters/web-eid.d.ts": [
    async (run) => {
      window();
      const { cards, token } = await run({ nonce: vectors.cases[0].nonce });
      open.push(cards);
      assert.equal(token.format, "web-eid:1.0");
    },
  ],
};

const documented = [
  ...Object.entries(SAMPLES).map(([name, samples]) => [name, samples, page(name)]),
  ...Object.entries(SAMPLES_OF_TYPES).map(([name, samples]) => [name, samples, types(name)]),
];
for (const [name, samples, text] of documented) {
  const blocks = [...text.matchAll(/^```[jt]s\n(.*?)^```/gms)].map(([, code]) => code);
  test(`each sample of ${name} is run`, () => assert.equal(blocks.length, samples.length));
  blocks.forEach((code, place) => {
    test(`${name}, sample ${place + 1}`, () => samples[place]?.((around) => run(code, around)));
  });
}

test("the page of docs/simulator.md signs in, says what is wrong, and hears of the end", async () => {
  const [, script] = /<script type="module">\n(.*?)<\/script>/s.exec(page("docs/simulator.md"));
  const [signIn, who] = [{}, { textContent: "Nobody is signed in." }];
  const document = { querySelector: (name) => ({ "#sign-in": signIn, "#who": who })[name] };
  const fake = window();
  const { agent } = fake;
  const user = { name: "Amira Okafor", role: { name: "Prescriber" } };
  fake.agent = (request) => (request.command === "sign_in" ? { ok: { session: { user } } } : agent(request));
  const { wardkey } = await run(script.replace(/^  /gm, ""), { document });
  open.push(wardkey);
  await signIn.onclick();
  assert.equal(who.textContent, "Amira Okafor, Prescriber");
  fake.send({ seq: 1, event: "session_ended", data: {} });
  await until(() => who.textContent === "Nobody is signed in.");
  fake.agent = () => ({ error: { code: "card_missing", message: "There is none.", remedy: "Put it in." } });
  await signIn.onclick();
  assert.equal(who.textContent, "There is none. Put it in.");
});

/** Runs a sample; what it declares. */
async function run(code, around) {
  const names = [...code.matchAll(/^(?:const (?:\{([^}]+)\}|(\w+)) =|(?:async )?function (\w+))/gm)];
  const declared = names.flatMap(([, several, ...one]) => several?.split(",") ?? one.filter(Boolean));
  const body = code.replace(
    /^import (\{[^}]+\}|\w+) from ("[^"]+");( \/\/.*)?$/gm,
    (_, names, module) => `const ${names[0] === "{" ? names : `{ default: ${names} }`} = await load(${module});`,
  );
  const AsyncFunction = (async () => {}).constructor;
  const given = { ...around, load: async (module) => around.modules?.[module] ?? load(entries[module]) };
  const sample = new AsyncFunction(...Object.keys(given), `${body}\nreturn { ${declared} };`);
  return sample(...Object.values(given));
}

/** Where each entry is, by the package's own word. */
const entries = (() => {
  const { name, exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = Object.entries(exports).map(([entry, file]) => [name + entry.slice(1), file.default]);
  return Object.fromEntries(files.filter(([, file]) => file));
})();
