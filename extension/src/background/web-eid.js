// Answers the calls of `web-eid.js` in a page of a site that policy lets use them. Each becomes a
// call of that page to the agent, which admits and checks it like any other; on all other sites
// nothing is answered, so that the Web eID extension can.

import { algorithmOf, codeOf, joseOf, mimeOf } from "./web-eid-terms.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").PageContext} PageContext */
/** @typedef {import("./pages.js").Pages} Pages */

/**
 * A call as the page wrote it.
 *
 * @typedef {{ action: string } & Record<string, unknown>} Message
 */

export class WebEid {
  /** The port of this page at the agent, once it has called. @type {number | undefined} */
  #port;
  /** @type {Promise<boolean> | undefined} */
  #admitted;
  /** Calls of the agent's under way, by id.
   * @type {Map<number, (outcome: { ok: any } | { error: Fault }) => void>} */
  #calls = new Map();
  #lastCall = 0;

  /**
   * @param {Pages} pages
   * @param {PageContext} context
   * @param {(message: unknown) => void} post to the page
   */
  constructor(pages, context, post) {
    this.pages = pages;
    this.context = context;
    this.post = post;
  }

  /**
   * Takes a call.
   *
   * @param {{ activation?: unknown, secure?: unknown, message?: any }} call
   */
  async take({ activation, secure, message }) {
    if (!(await this.#isAdmitted())) return;
    const { action } = /** @type {Message} */ (message);
    // The library waits a second for it, and loses its next call where a result comes without.
    this.post({ action: `${action}-ack` });
    try {
      if (secure !== true) throw code("CONTEXT_INSECURE", "The page is not in a secure context.");
      const result = await this.#carryOut(message, activation === true);
      this.post({ action: `${action}-success`, ...result });
    } catch (error) {
      this.post({ action: `${action}-failure`, error });
    }
  }

  /** The page went. */
  close() {
    if (this.#port !== undefined) this.pages.remove(this.#port);
    this.#port = undefined;
  }

  /** Whether policy has the shim on this site: asked of the agent, once. */
  #isAdmitted() {
    const { origin, top } = this.context;
    this.#admitted ??= this.pages.host.ask("shims", { origin, top }).then((answer) => {
      if ("fault" in answer) this.#admitted = undefined;
      return "ok" in answer && /** @type {any} */ (answer.ok).webEid === true;
    });
    return this.#admitted;
  }

  /**
   * @param {Message} message
   * @param {boolean} activation
   * @returns {Promise<Record<string, unknown>>}
   */
  async #carryOut(message, activation) {
    const patience = patienceOf(message);
    const call = (/** @type {string} */ command, /** @type {object} */ args = {}) =>
      this.#call(command, args, activation, patience);
    switch (message.action) {
      case "web-eid:status": {
        await call("status");
        const { libraryVersion } = message;
        return { library: libraryVersion, extension: LEVEL, nativeApp: LEVEL };
      }
      case "web-eid:authenticate":
        return call("authenticate", { nonce: text(message, "challengeNonce") });
      case "web-eid:get-signing-certificate": {
        const { certificate, algorithms } = await call("signing_certificate");
        return { certificate, supportedSignatureAlgorithms: algorithms.map(algorithmOf) };
      }
      default:
        return this.#sign(message, call);
    }
  }

  /**
   * @param {Message} message
   * @param {(command: string, args?: object) => Promise<any>} call
   */
  async #sign(message, call) {
    const [certificate, hash] = [text(message, "certificate"), text(message, "hash")];
    const hashFunction = text(message, "hashFunction");
    const known = await call("signing_certificate");
    if (known.certificate !== certificate) {
      throw code("NATIVE_INVALID_ARGUMENT", "The certificate is not that of the card.");
    }
    const algorithm = joseOf(known.algorithms, hashFunction);
    if (!algorithm) throw code("NATIVE_INVALID_ARGUMENT", "The card does not sign with this hash.");
    const { results } = await call("sign", {
      key: crypto.randomUUID(),
      format: "raw",
      algorithm,
      documents: [{ id: "1", name: hashFunction, mediaType: mimeOf(hashFunction), digest: hash }],
    });
    const [{ signature, error }] = results;
    if (error) throw ofFault(error);
    return { signature, signatureAlgorithm: algorithmOf(algorithm) };
  }

  /**
   * Calls the agent. What the user does not answer in time is given up, and its dialog closes: the
   * library waits no longer either, and would take a late answer for that of its next call.
   *
   * @param {string} command
   * @param {object} args
   * @param {boolean} activation
   * @param {number} patience milliseconds
   * @returns {Promise<any>}
   */
  #call(command, args, activation, patience) {
    this.#port ??= this.pages.add(
      { post: (message) => this.#received(message), disconnect: () => this.#lost() },
      this.context,
    );
    this.#lastCall += 1;
    const [port, id] = [this.#port, this.#lastCall];
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#calls.delete(id);
        reject(code("USER_TIMEOUT", "The user did not answer in time."));
        this.pages.take(port, { frame: { cancel: id } });
      }, patience);
      this.#calls.set(id, (outcome) => {
        clearTimeout(late);
        if ("ok" in outcome) resolve(outcome.ok);
        else reject(ofFault(outcome.error));
      });
      this.pages.take(port, { activation, frame: { v: 1, id, command, args } });
    });
  }

  /** @param {any} message */
  #received(message) {
    if (!("ok" in message) && !("error" in message)) return;
    const settle = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    settle?.(message);
  }

  /** The agent went, and every call was answered; the next one begins anew. */
  #lost() {
    this.#port = undefined;
    this.#admitted = undefined;
  }
}

/**
 * @param {Message} message
 * @param {string} field
 */
function text(message, field) {
  const value = message[field];
  if (typeof value === "string" && value) return value;
  throw code("MISSING_PARAMETER", `${field} is missing.`);
}

/**
 * How long the user may take for one call of the agent, in milliseconds. The library itself waits 6
 * seconds longer than this, and twice it where it signs.
 *
 * @param {Message} message
 */
function patienceOf({ options }) {
  const { userInteractionTimeout: asked } = /** @type {{ userInteractionTimeout?: unknown }} */ (options ?? {});
  const isTime = typeof asked === "number" && asked > 0;
  return isTime ? Math.min(asked, LONGEST) : USUAL;
}

/** @param {Fault} fault */
function ofFault(fault) {
  const name = codeOf(fault.code);
  return { ...code(name, `${fault.message} ${fault.remedy}`), wardkey: fault.code };
}

/**
 * @param {string} name
 * @param {string} message
 */
function code(name, message) {
  return { code: `ERR_WEBEID_${name}`, message };
}

/** Milliseconds: what the library takes where the page says nothing, and as much as a timer can wait. */
const USUAL = 120_000;
const LONGEST = 2 ** 31 - 1;
/** What the library takes for a version of Web eID that has these calls. */
const LEVEL = "2.0.0";
