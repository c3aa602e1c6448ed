// How the extension's own pages reach the agent: they ask through the background, and hear when
// something changed.

import { fault } from "./background/faults.js";

/** @typedef {import("../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../crates/protocol/bindings/protocol.d.ts").Welcome} Welcome */

/**
 * The agent's welcome, or why there is none.
 *
 * @returns {Promise<{ welcome: Welcome } | { fault: Fault }>}
 */
export function status() {
  return answered("status");
}

/**
 * Asks what only the extension's own pages may ask.
 *
 * @template T
 * @param {string} command
 * @param {Record<string, unknown>} [args]
 * @returns {Promise<{ ok: T } | { fault: Fault }>}
 */
export function ask(command, args) {
  return answered({ own: command, args });
}

/**
 * What the background answers; a fault where it goes meanwhile.
 *
 * @param {unknown} question
 */
async function answered(question) {
  const answer = await chrome.runtime.sendMessage(question).catch(() => undefined);
  return answer ?? { fault: fault("agent_unreachable") };
}

/**
 * Calls back at each change, and at once when the background itself was started anew.
 *
 * @param {() => void} changed
 * @returns {() => void} to be called after each question, so that news go on after a break
 */
export function watch(changed) {
  /** @type {chrome.runtime.Port | undefined} */
  let port;
  const open = () => {
    port = chrome.runtime.connect({ name: "own" });
    port.onMessage.addListener(changed);
    port.onDisconnect.addListener(() => {
      port = undefined;
      setTimeout(() => {
        if (!chrome.runtime?.id) return;
        open();
        changed();
      }, AGAIN);
    });
  };
  open();
  return () => port?.postMessage("watch");
}

/** Milliseconds. */
const AGAIN = 500;
