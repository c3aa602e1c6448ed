// The full report: what this page finds out by itself, and what the host program finds.

import { ask as askAgent } from "../agent.js";
import { element, make, onPress } from "../elements.js";
import { findingIn, sayingIn, speak } from "../words.js";
import { nameOfBrowser } from "./browser.js";
import { hostFindings, ownFindings } from "./own.js";
import { inOrder, nameOf, partsOf, summaryOf, textOf, wordOf } from "./report.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Finding} Finding */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Report} Report */

/** What is shown now. @type {Finding[]} */
let shown = [];
/** @type {Report | undefined} */
let report;
/** When that was. */
let at = new Date();

async function check() {
  copy.ariaDisabled = "true";
  try {
    await examine();
  } finally {
    element("report").setAttribute("aria-busy", "false");
    copy.ariaDisabled = null;
  }
}

async function examine() {
  document.body.dataset.state = "checking";
  element("report").setAttribute("aria-busy", "true");
  element("summary").textContent = say("examining");
  report = undefined;
  const own = await ownFindings(navigator.userAgent);
  show(own);
  const answer = await ask();
  if ("ok" in answer) report = answer.ok;
  show([...own, ...("ok" in answer ? besideOwn(answer.ok) : await hostFindings(answer.fault))]);
  at = new Date();
  sum();
}

/** What is said of all that was found. */
function sum() {
  const { state, sentence } = summaryOf(shown, say);
  document.body.dataset.state = state;
  element("summary-mark").dataset.state = state;
  element("summary").textContent = sentence;
  const made = at.toLocaleString(document.documentElement.lang);
  element("made").textContent = [...head(say).slice(0, -1), made].join(" · ");
}

/** @returns {Promise<{ ok: Report } | { fault: Fault }>} */
async function ask() {
  return askAgent("diagnostics");
}

/**
 * Of the extension this page knows more than the host.
 *
 * @param {Report} report
 */
function besideOwn(report) {
  return report.findings.filter(({ subject, state }) => subject !== "extension" || state !== "ok");
}

/** @param {import("../words.js").Say} say */
function head(say) {
  const { version } = chrome.runtime.getManifest();
  const versions = [`${say("subjectExtension")} ${version}`];
  if (report) versions.push(`${say("subjectHost")} ${report.host}`);
  return [versions.join(", "), nameOfBrowser(navigator.userAgent), report?.time ?? now()];
}

function now() {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** @param {Finding[]} findings */
function show(findings) {
  shown = inOrder(findings);
  const worst = (/** @type {Finding} */ finding) => (finding.state === "problem" ? 0 : 1);
  const toDo = shown.filter(({ state }) => state !== "ok").sort((a, b) => worst(a) - worst(b));
  list("to-do", toDo);
  list("works", shown.filter(({ state }) => state === "ok"));
}

/**
 * @param {"to-do" | "works"} id
 * @param {Finding[]} findings
 */
function list(id, findings) {
  element(id).hidden = findings.length === 0;
  element(`${id}-list`).replaceChildren(...findings.map(item));
}

/** @param {Finding} finding */
function item(finding) {
  const { code, subject, state, details } = finding;
  const { found, remedy } = findingIn(document.documentElement.lang, finding);
  const row = make("li", "finding");
  row.dataset.code = code;
  row.dataset.state = state;
  const mark = make("span", "mark");
  mark.dataset.state = state;
  mark.ariaHidden = "true";
  const said = make("div", "said");
  if (state !== "ok") said.append(make("p", "state", wordOf(state, say)));
  said.append(sentence("found", found));
  if (remedy) said.append(sentence("remedy", remedy));
  // What it says of this very computer is English, and goes to whoever helps.
  said.append(more(code, details, found === finding.found ? "" : finding.found));
  row.append(mark, make("span", "subject", nameOf(subject, say)), said);
  return row;
}

/**
 * @param {string} type
 * @param {string} text
 */
function sentence(type, text) {
  const made = make("p", type);
  const parts = partsOf(text).map((part, index) => (index % 2 ? make("code", "", part) : part));
  made.append(...parts);
  return made;
}

/**
 * @param {string} code
 * @param {Record<string, unknown> | undefined} details
 * @param {string} found
 */
function more(code, details, found) {
  const facts = JSON.stringify(details ?? {}, undefined, 2);
  const folded = make("details", "");
  const summary = make("summary", "", say("reportDetails"));
  // Read out, it says of what.
  summary.ariaLabel = say("reportDetailsOf", code);
  folded.append(summary, make("pre", "", [code, found, facts === "{}" ? "" : facts].filter(Boolean).join("\n")));
  return folded;
}

async function copyReport() {
  // In English, whoever helps.
  await navigator.clipboard.writeText(textOf(shown, ["Wardkey", ...head(sayingIn("en")), ""]));
  copy.textContent = say("copied");
  setTimeout(() => (copy.textContent = say("copyReport")), COPIED);
}

/** Milliseconds. */
const COPIED = 2000;

let say = await speak((other) => {
  say = other;
  show(shown);
  if (document.body.dataset.state !== "checking") sum();
});
const again = element("again");
const copy = element("copy");
onPress(again, check);
onPress(copy, copyReport);
again.click();
