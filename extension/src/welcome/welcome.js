// What is still to be done before Wardkey works in this browser. Whatever the user does meanwhile is
// noticed.

import { ask, status } from "../agent.js";
import { nameOfBrowser } from "../diagnostics/browser.js";
import { element, make } from "../elements.js";
import { speak } from "../words.js";
import { stepsFor } from "./steps.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Overview} Overview */

async function check() {
  const at = await status();
  const host = "welcome" in at;
  done("host", host);
  element("host").textContent = host ? say("welcomeHostFound", at.welcome.agent) : waiting(at.fault);
  const answer = host ? await /** @type {typeof ask<Overview>} */ (ask)("overview") : undefined;
  const readers = answer && "ok" in answer ? answer.ok.readers : [];
  const full = readers.find(({ cardPresent }) => cardPresent);
  done("card", Boolean(full));
  const none = readers.length ? "" : say("readerNone");
  element("card").textContent = full ? say("welcomeCardFound", full.name) : host ? none : "";
  // A card shows that the reader works; without one there is nothing left to install.
  document.body.dataset.state = host ? "ready" : "fault";
  element("done").hidden = !host;
  element("done-text").textContent = host ? say("welcomeDone") : "";
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
  const { version } = chrome.runtime.getManifest();
  const parts = stepsFor(platform, version).flatMap(({ word, commands }) => {
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
  check();
}

/** Milliseconds. */
const AGAIN = 2000;

const platform = await chrome.runtime.getPlatformInfo();
let say = await speak((anew) => {
  say = anew;
  sayAll();
});
sayAll();
setInterval(() => document.visibilityState === "visible" && check(), AGAIN);
document.addEventListener("visibilitychange", check);
