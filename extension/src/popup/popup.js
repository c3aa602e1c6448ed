// Says whether Wardkey works on this computer, and what to do when it does not.

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Welcome} Welcome */

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
