// Says whether Wardkey works on this computer, and what to do when it does not.

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Welcome} Welcome */

import { serviceDesk } from "./service-desk.js";

async function check() {
  again.disabled = true;
  document.body.dataset.state = "checking";
  say("Checking…", "");
  /** @type {{ welcome: Welcome } | { fault: Fault }} */
  const status = await chrome.runtime.sendMessage("status");
  if ("welcome" in status) {
    document.body.dataset.state = "ready";
    say("Ready", `The Wardkey agent ${status.welcome.agent} is running on this computer.`);
  } else {
    document.body.dataset.state = "fault";
    say("Not working", status.fault.message, status.fault);
  }
  await sayWhomToAsk("fault" in status);
  again.disabled = false;
}

/**
 * @param {string} state
 * @param {string} message
 * @param {Fault} [fault]
 */
function say(state, message, fault) {
  element("state").textContent = state;
  element("message").textContent = message;
  element("remedy").textContent = fault?.remedy ?? "";
  element("remedy").hidden = !fault;
  const reason = fault?.details?.reason;
  element("code").textContent = [fault?.code, reason].filter(Boolean).join(": ");
  element("details").hidden = !fault;
}

/**
 * Where something is wrong, whom to ask, if an administrator has the browser say it.
 *
 * @param {boolean} wrong
 */
async function sayWhomToAsk(wrong) {
  const { text, url } = serviceDesk(await managed());
  const page = /** @type {HTMLAnchorElement} */ (element("desk-page"));
  element("desk-text").textContent = text ?? "";
  page.hidden = !url;
  if (url) page.href = url;
  element("desk").hidden = !wrong || !(text || url);
}

/** What the browser was told; nothing in a browser that nobody manages. */
async function managed() {
  try {
    return await chrome.storage.managed.get("service_desk");
  } catch {
    // Firefox, where there is no managed storage for this extension.
    return {};
  }
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return found;
}

const again = /** @type {HTMLButtonElement} */ (element("again"));
again.addEventListener("click", check);
element("extension-version").textContent = chrome.runtime.getManifest().version;
check();
