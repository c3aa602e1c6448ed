// What is still to be done before Wardkey works in this browser. Whatever the user does meanwhile is
// noticed.

import { ask, status } from "../agent.js";
import { nameOfBrowser } from "../diagnostics/browser.js";
import { element, make } from "../elements.js";
import { sayWhomToAsk } from "../service-desk.js";
import { findingIn, speak } from "../words.js";
import { stepsFor } from "./steps.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Finding} Finding */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Overview} Overview */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Report} Report */

async function check() {
  const at = await status();
  const host = "welcome" in at;
  done("host", host);
  element("host").textContent = host ? say("welcomeHostFound", at.welcome.agent) : waiting(at.fault);
  const answer = host ? await /** @type {typeof ask<Overview>} */ (ask)("overview") : undefined;
  const readers = answer && "ok" in answer ? answer.ok.readers : [];
  const full = readers.find(({ cardPresent }) => cardPresent);
  const wrong = host ? await wrongInPolicy() : undefined;
  done("policy", wrong === "");
  element("policy").textContent =
    wrong === undefined ? (host ? say("welcomePolicyAsking") : "") : wrong || say("welcomePolicyFound");
  done("card", Boolean(full));
  const none = readers.length ? "" : say("readerNone");
  element("card").textContent = full ? say("welcomeCardFound", full.name) : host ? none : "";
  // A card shows that the reader works; without one there is nothing left to install.
  const ready = host && wrong === "";
  document.body.dataset.state = host ? "ready" : "fault";
  element("done").hidden = !ready;
  element("done-text").textContent = ready ? say("welcomeDone") : "";
  if (!host) examined = undefined;
}

/**
 * What is wrong with the policy, and what to do; empty: nothing; undefined: not known yet. The host examines
 * the whole computer for it, and so is asked no more once all is well.
 *
 * @returns {Promise<string | undefined>}
 */
async function wrongInPolicy() {
  if (!examined || (examined.wrong && Date.now() - examined.at > EXAMINED_FOR)) {
    /** @type {{ at: number, wrong?: Pick<Finding, "code" | "found" | "remedy"> | "" }} */
    const own = { at: Date.now(), wrong: examined?.wrong };
    examined = own;
    const answer = await /** @type {typeof ask<Report>} */ (ask)("diagnostics");
    if ("fault" in answer) {
      const { code, message, remedy } = answer.fault;
      own.wrong = { code, found: message, remedy };
    } else {
      const isWrong = (/** @type {Finding} */ it) => it.subject === "policy" && it.state === "problem";
      own.wrong = answer.ok.findings.find(isWrong) ?? "";
    }
  }
  const { wrong } = examined ?? {};
  if (!wrong) return wrong;
  const { found, remedy } = findingIn(document.documentElement.lang, wrong);
  return `${found} ${remedy.replaceAll("`", "")}`;
}

/**
 * What is missing is what this page is about; anything else is said.
 *
 * @param {{ code: string, message: string, remedy: string }} fault
 */
function waiting({ code, message, remedy }) {
  return code === "host_missing" ? say("welcomeWaiting") : `${message} ${remedy}`;
}

/**
 * @param {string} step
 * @param {boolean} is
 */
function done(step, is) {
  const box = document.querySelector(`[data-step="${step}"]`);
  if (box instanceof HTMLElement) box.dataset.done = is ? "yes" : "no";
}

function how() {
  const { version, homepage_url: home = "" } = chrome.runtime.getManifest();
  const page = /** @type {HTMLAnchorElement} */ (element("home"));
  page.href = page.textContent = home;
  const steps = stepsFor(platform, version);
  element("where").hidden = !steps.some(({ commands }) => commands);
  const parts = steps.flatMap(({ word, commands }) => {
    const text = make("p", "", say(word));
    return commands ? [text, make("pre", "", commands.join("\n"))] : [text];
  });
  element("how").replaceChildren(...parts);
}

function sayAll() {
  document.title = say("welcomeTitle");
  const { version } = chrome.runtime.getManifest();
  element("extension").textContent =
    say("welcomeExtensionText", version, nameOfBrowser(navigator.userAgent));
  how();
  sayWhomToAsk();
  check();
}

/** Milliseconds. */
const AGAIN = 2000;
const EXAMINED_FOR = 8000;
/** When the host was last asked what is wrong, and what it said. @type {{ at: number, wrong?: Pick<Finding, "code" | "found" | "remedy"> | "" } | undefined} */
let examined;

const platform = await chrome.runtime.getPlatformInfo();
let say = await speak((anew) => {
  say = anew;
  sayAll();
});
sayAll();
setInterval(() => document.visibilityState === "visible" && check(), AGAIN);
document.addEventListener("visibilitychange", check);
