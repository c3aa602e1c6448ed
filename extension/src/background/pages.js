// Many pages over one connection: numbers their ports, knows their calls under way, and answers
// those that the road loses.

import { fault } from "./faults.js";
import { oversize, read } from "./frame.js";
import { Host } from "./host.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").PageContext} PageContext */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").ToExtension} ToExtension */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").ToPage} ToPage */
/** @typedef {import("./host.js").Surroundings} Surroundings */

/**
 * A page's end.
 *
 * @typedef {object} PageEnd
 * @property {(message: ToPage) => void} post
 * @property {() => void} disconnect
 */

/**
 * A call under way.
 *
 * @typedef {object} Call
 * @property {string} command
 * @property {number} chunks how many were passed on to the agent
 * @property {number} credit how many may be: the first ones, then as far as the agent asked
 */

/**
 * @typedef {object} Page
 * @property {PageEnd} end
 * @property {PageContext} context
 * @property {boolean} opened whether the agent knows of it
 * @property {Map<number, Call>} calls those under way, by id
 */

export class Pages {
  /** @type {Map<number, Page>} */
  #pages = new Map();
  #lastNumber = 0;

  /**
   * @param {Surroundings} surroundings
   * @param {() => void} [changed] what the extension's own pages show may have changed
   */
  constructor(surroundings, changed = () => {}) {
    this.host = new Host(surroundings, {
      received: (message) => this.#received(message),
      broken: (why, welcomed) => {
        this.#broken(why, welcomed);
        changed();
      },
      changed,
    });
  }

  /** How many pages there are. */
  get size() {
    return this.#pages.size;
  }

  /**
   * A page came; its number.
   *
   * @param {PageEnd} end
   * @param {PageContext} context
   */
  add(end, context) {
    this.#lastNumber += 1;
    this.#pages.set(this.#lastNumber, { end, context, opened: false, calls: new Map() });
    return this.#lastNumber;
  }

  /**
   * A page went.
   *
   * @param {number} port
   */
  remove(port) {
    if (this.#pages.get(port)?.opened) this.host.post({ close: { port } });
    this.#pages.delete(port);
  }

  /**
   * A page's content script passes a message on.
   *
   * @param {number} port
   * @param {{ activation?: unknown, frame?: unknown }} message
   */
  take(port, { activation, frame }) {
    const page = this.#pages.get(port);
    if (!page) return;
    const what = read(frame);
    if ("failure" in what) return page.end.post(what.failure);
    if ("chunk" in what && !passes(page.calls.get(what.chunk))) {
      const error = fault("chunk_invalid", { reason: "beyond the credit" });
      page.end.post({ id: what.chunk, error });
      // The agent would wait for the one that is due.
      if (page.calls.delete(what.chunk)) this.take(port, { frame: { cancel: what.chunk } });
      return;
    }
    const message = { message: { port, activation: activation === true, frame } };
    const call = "call" in what ? what.call : undefined;
    const refused = oversize(message) ?? this.#open(port, page);
    if (refused) {
      const id = call?.id ?? ("chunk" in what ? what.chunk : undefined);
      if (id !== undefined) page.end.post({ id, error: refused });
      return;
    }
    if (call) page.calls.set(call.id, { command: call.command, chunks: 0, credit: CHUNKS_UNASKED });
    this.host.post(message);
  }

  /**
   * Tells the agent of a page, once; says why it cannot.
   *
   * @param {number} port
   * @param {Page} page
   * @returns {Fault | undefined}
   */
  #open(port, page) {
    const failure = this.host.open();
    if (failure || page.opened) return failure;
    const opened = [...this.#pages.values()].filter((other) => other.opened).length;
    if (opened >= MAX_PORTS) return fault("rate_limited");
    page.opened = true;
    this.host.post({ open: { port, context: page.context } });
    return undefined;
  }

  /** @param {ToExtension} message */
  #received(message) {
    if ("message" in message) {
      const page = this.#pages.get(message.message.port);
      const frame = /** @type {ToPage} */ (message.message.frame);
      if (!page) return;
      if ("credit" in frame) {
        const call = page.calls.get(frame.id);
        if (call) call.credit = Math.max(call.credit, frame.credit);
      } else if ("id" in frame && frame.id !== undefined && ("ok" in frame || "error" in frame)) {
        page.calls.delete(frame.id);
      }
      page.end.post(frame);
    } else if ("close" in message) {
      const page = this.#pages.get(message.close.port);
      if (page) this.#end(message.close.port, page, fault("agent_unreachable"), true);
    }
  }

  /**
   * @param {Fault} why
   * @param {boolean} welcomed
   */
  #broken(why, welcomed) {
    for (const [port, page] of this.#pages) {
      if (page.opened) this.#end(port, page, why, welcomed);
    }
  }

  /**
   * Answers what was under way. A page that the agent knew is let go, as its session and its
   * events went with the agent; one that never arrived may go on asking.
   *
   * @param {number} port
   * @param {Page} page
   * @param {Fault} why
   * @param {boolean} arrived whether the agent may have acted
   */
  #end(port, page, why, arrived) {
    for (const [id, { command }] of page.calls) {
      const unknown = arrived && command === "sign";
      page.end.post({ id, error: unknown ? fault("outcome_unknown") : why });
    }
    page.calls.clear();
    page.opened = false;
    if (!arrived) return;
    this.#pages.delete(port);
    page.end.post({ closed: "agent_gone" });
    page.end.disconnect();
  }
}

/**
 * Whether a chunk may go on to the agent. What nobody asked for would queue before a slow host.
 *
 * @param {Call | undefined} call
 */
function passes(call) {
  if (!call || call.chunks >= call.credit) return false;
  call.chunks += 1;
  return true;
}

/** The first chunks of a call, which go with it. */
const CHUNKS_UNASKED = 2;
/** The most pages that one relay may hold open. */
const MAX_PORTS = 1000;
