// The one connection to the host program: opened by the first message, greeted, and opened again
// by a later one when it broke.

import { fault } from "./faults.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").FromExtension} FromExtension */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").ToExtension} ToExtension */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Welcome} Welcome */

/**
 * What the browser gives.
 *
 * @typedef {object} Surroundings
 * @property {string} version the extension's version
 * @property {() => chrome.runtime.Port} connect starts the host program
 * @property {() => string | undefined} lastError why the browser closed a port
 * @property {() => number} now milliseconds, never going back
 */

/**
 * Who listens.
 *
 * @typedef {object} Listener
 * @property {(message: ToExtension) => void} received
 * @property {(why: Fault, welcomed: boolean) => void} broken every call on it is lost
 * @property {() => void} changed what the extension's own pages show may have changed
 */

export class Host {
  /** @type {chrome.runtime.Port | undefined} */
  #port;
  /** @type {Welcome | undefined} */
  #welcome;
  /** Whether this connection brings news. */
  #watched = false;
  /** @type {Fault | undefined} */
  #why;
  #openedAt = 0;
  #failures = 0;
  #retryAt = 0;
  /** @type {Fault | undefined} */
  #lastFailure;
  /** @type {((outcome: { welcome: Welcome } | { fault: Fault }) => void)[]} */
  #waiting = [];
  /** Calls of the extension's own pages under way, by id.
   * @type {Map<number, (outcome: { ok: unknown } | { fault: Fault }) => void>} */
  #asked = new Map();
  #lastAsked = 0;

  /**
   * @param {Surroundings} surroundings
   * @param {Listener} listener
   */
  constructor(surroundings, listener) {
    this.surroundings = surroundings;
    this.listener = listener;
  }

  /**
   * Opens the connection if need be; says why it cannot be opened now.
   *
   * @returns {Fault | undefined}
   */
  open() {
    if (this.#port) return undefined;
    const now = this.surroundings.now();
    if (now < this.#retryAt) return this.#lastFailure;
    const port = this.surroundings.connect();
    this.#port = port;
    this.#openedAt = now;
    port.onMessage.addListener((message) => this.#receive(port, message));
    port.onDisconnect.addListener((closed) => this.#disconnected(port, closed));
    // The agent reads in order, so nobody waits for its welcome.
    this.post({ hello: { versions: VERSIONS, extension: this.surroundings.version } });
    return undefined;
  }

  /** @param {FromExtension} message */
  post(message) {
    this.#port?.postMessage(message);
  }

  /**
   * Lets the host program go; no page's call may be under way. While one of the extension's own
   * pages waits it stays.
   */
  release() {
    if (this.#asked.size > 0) return;
    const port = this.#port;
    this.#forget();
    port?.disconnect();
  }

  /**
   * The agent's welcome, or why there is none.
   *
   * @returns {Promise<{ welcome: Welcome } | { fault: Fault }>}
   */
  status() {
    const failure = this.open();
    if (failure) return Promise.resolve({ fault: failure });
    if (this.#welcome) return Promise.resolve({ welcome: this.#welcome });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Asks what only the extension's own pages may ask.
   *
   * @param {string} command
   * @param {Record<string, unknown>} [args]
   * @returns {Promise<{ ok: unknown } | { fault: Fault }>}
   */
  async ask(command, args) {
    const status = await this.status();
    if ("fault" in status) return status;
    // An agent of before this command would take it for nonsense, and all pages would lose it.
    /** @type {string[] | undefined} */
    const known = status.welcome.own;
    if (!known?.includes(command)) {
      const versions = { agent: status.welcome.agent, extension: this.surroundings.version };
      return { fault: fault("version_mismatch", versions) };
    }
    this.#lastAsked += 1;
    const id = this.#lastAsked;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.post({ own: args ? { id, command, args } : { id, command } });
    });
  }

  /** Has the agent say when something changed, for as long as this connection holds. */
  async watch() {
    if (this.#watched) return;
    this.#watched = true;
    if ("fault" in (await this.ask("watch"))) this.#watched = false;
  }

  /**
   * @param {chrome.runtime.Port} port
   * @param {ToExtension} message
   */
  #receive(port, message) {
    if (port !== this.#port) return;
    if ("welcome" in message) {
      this.#welcome = message.welcome;
      this.#settle({ welcome: message.welcome });
    } else if ("fault" in message) {
      // It names no port, so nobody could be answered: all of them are, and begin anew.
      this.#why = message.fault;
      port.disconnect();
      this.#break();
    } else if ("own" in message) {
      const { id } = message.own;
      if (id === undefined) return;
      this.#asked.get(id)?.("ok" in message.own ? { ok: message.own.ok } : { fault: message.own.error });
      this.#asked.delete(id);
    } else if ("changed" in message) {
      this.listener.changed();
    } else {
      this.listener.received(message);
    }
  }

  /**
   * @param {chrome.runtime.Port} port
   * @param {chrome.runtime.Port} closed
   */
  #disconnected(port, closed) {
    const error = /** @type {{ error?: { message?: string } }} */ (closed).error;
    const reason = error?.message ?? this.surroundings.lastError() ?? "";
    if (port !== this.#port) return;
    this.#why ??= MISSING.test(reason)
      ? fault("host_missing", { reason })
      : fault("agent_unreachable", { reason });
    this.#break();
  }

  #break() {
    const why = this.#why ?? fault("agent_unreachable");
    const welcomed = this.#welcome !== undefined;
    const now = this.surroundings.now();
    // A connection that held was no failure; the next call may open another at once.
    this.#failures = welcomed && now - this.#openedAt >= HELD ? 0 : this.#failures + 1;
    // The first break of one that was greeted is the agent's end, not the host's refusal.
    const atOnce = this.#failures === 0 || (welcomed && this.#failures === 1);
    this.#retryAt = atOnce ? 0 : now + backOff(this.#failures);
    this.#lastFailure = why;
    this.#forget();
    this.#settle({ fault: why });
    for (const resolve of this.#asked.values()) resolve({ fault: why });
    this.#asked.clear();
    this.listener.broken(why, welcomed);
  }

  #forget() {
    this.#port = undefined;
    this.#welcome = undefined;
    this.#watched = false;
    this.#why = undefined;
  }

  /** @param {{ welcome: Welcome } | { fault: Fault }} outcome */
  #settle(outcome) {
    for (const resolve of this.#waiting.splice(0)) resolve(outcome);
  }
}

/** @param {number} failures */
function backOff(failures) {
  return Math.min(SHORTEST * 2 ** (failures - 1), LONGEST);
}

/** The name that the host installs itself by. */
export const HOST_NAME = "org.wardkey.host";

const VERSIONS = { min: 1, max: 2 };

/** What Chromium and Firefox say when no program can be started under the name. */
const MISSING = /not found|forbidden|no such native|failed to start/i;

/** Milliseconds. */
const HELD = 1000;
const SHORTEST = 250;
const LONGEST = 5000;
