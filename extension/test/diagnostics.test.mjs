import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nameOfBrowser } from "../src/diagnostics/browser.js";
import { OWN, hostFindings, ownFindings } from "../src/diagnostics/own.js";
import { inOrder, nameOf, summaryOf, textOf, wordOf } from "../src/diagnostics/report.js";
import { sayingIn } from "../src/words.js";

const finding = (code, state, more) => ({
  code,
  subject: "card",
  state,
  found: `${code}.`,
  remedy: state === "ok" ? "" : "Do it.",
  ...more,
});

test("the worst decides, and all are counted", () => {
  const said = (tag, states) => summaryOf(states.map((state) => finding("code", state)), sayingIn(tag));
  const of = (...states) => said("en", states);
  assert.deepEqual(of("ok", "ok"), { state: "ok", sentence: "Everything works." });
  assert.deepEqual(of("ok", "warning"), { state: "warning", sentence: "It works, with 1 warning." });
  assert.deepEqual(of("warning", "problem", "problem"), {
    state: "problem",
    sentence: "2 problems found. There is 1 warning too.",
  });
  assert.equal(said("cy", ["problem"]).sentence, "Cafwyd hyd i 1 broblem.");
});

test("the copied text has every finding with its remedy", () => {
  const text = textOf(
    [finding("card", "ok"), finding("card_busy", "problem", { details: { reader: "A" } })],
    ["Wardkey", ""],
  );
  assert.deepEqual(text.split("\n").map((line) => line.trim()), [
    "Wardkey",
    "",
    "ok       card                       card.",
    "PROBLEM  card_busy                  card_busy.",
    "→ Do it.",
    '{"reader":"A"}',
    "",
  ]);
});

test("browsers are known by what they say", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
  assert.equal(nameOfBrowser(chrome), "Chromium or Chrome 141.0.0.0");
  assert.equal(nameOfBrowser(`${chrome} Edg/141.0.1.0`), "Edge 141.0.1.0");
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
  assert.equal(nameOfBrowser(firefox), "Firefox 145.0");
  assert.equal(nameOfBrowser(""), "a browser that does not say its name");
});

test("the page says what it knows without a host", async () => {
  const manifest = JSON.parse(readFileSync(new URL("../manifest.json", import.meta.url), "utf8"));
  let allowed = true;
  let told = {};
  globalThis.chrome = {
    runtime: {
      getManifest: () => manifest,
      getPlatformInfo: async () => ({ os: "linux" }),
    },
    permissions: {
      contains: async ({ origins }) => {
        assert.deepEqual(origins, ["https://*/*", "http://*.localhost/*", "http://127.0.0.1/*"]);
        return allowed;
      },
    },
    storage: { managed: { get: async () => told } },
  };
  const codes = (findings) => findings.map(({ code }) => code);
  assert.deepEqual(codes(await ownFindings("Firefox/145.0")), ["browser", "extension"]);
  allowed = false;
  assert.deepEqual(codes(await ownFindings("Firefox/145.0")), ["browser", "extension", "site_access"]);
  allowed = true;
  told = { service_desk: { phone: "1234" } };
  const unknown = (await ownFindings("Firefox/145.0")).at(-1);
  assert.deepEqual([unknown.code, unknown.details], ["managed_unknown", { keys: ["service_desk.phone"] }]);
  const missing = { code: "host_missing", message: "None.", remedy: "Install it." };
  const found = await hostFindings(missing);
  assert.deepEqual(codes(found), ["host_missing", "browser_may_be_sandboxed"]);
  assert.equal(found[0].remedy, "Install it.");
  assert.deepEqual(codes(await hostFindings({ ...missing, code: "internal" })), ["internal"]);
});

test("the documentation has the page's own codes", () => {
  const text = readFileSync(new URL("../../docs/doctor.md", import.meta.url), "utf8");
  const section = text.split("\n## Said by the extension's page itself\n")[1].split("\n## ")[0];
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const wanted = Object.entries(OWN).map(
    ([code, [, state, found, remedy]]) => `| \`${code}\` | ${state} | ${found} | ${remedy} |`,
  );
  assert.deepEqual(rows, wanted);
});

test("findings stand in the order of the road, whoever found them", () => {
  const of = (subject) => finding(subject, "ok", { subject });
  const found = ["clock", "remote", "card", "program", "browser", "agent"].map(of);
  const subjects = inOrder(found).map(({ subject }) => subject);
  assert.deepEqual(subjects, ["browser", "agent", "program", "card", "remote", "clock"]);
});

test("what a finding is of, and how bad it is, is said in the user's language", () => {
  const subjects = ["agent", "browser", "card", "certificate", "clock", "extension", "host", "manifest", "module"];
  subjects.push("policy", "program", "reader", "reader_service", "remote", "server");
  const names = (tag) => subjects.map((subject) => nameOf(subject, sayingIn(tag)));
  assert.equal(new Set(names("en")).size, subjects.length);
  assert.ok(names("cy").every((name) => !names("en").includes(name)));
  assert.equal(wordOf("warning", sayingIn("cy")), "Rhybudd");
});
