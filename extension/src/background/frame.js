// What a page's message must be before the agent gets it. The agent reads it anew; this keeps one
// page's nonsense from breaking the connection that all pages share.

import { fault } from "./faults.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Failure} Failure */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */

/**
 * A call or its end, what belongs to one under way, or why the message is none of them.
 *
 * @typedef {{ call: { id: number, command: string } } | { cancel: number } | { chunk: number } |
 *   { credit: number } | { failure: Failure }} Read
 */

/**
 * Reads a page's message as far as the extension needs.
 *
 * @param {unknown} frame
 * @returns {Read}
 */
export function read(frame) {
  if (!isObject(frame)) return refuse(undefined, malformed("an object"));
  const id = isId(frame.id) ? frame.id : undefined;
  if (isId(frame.cancel) && Object.keys(frame).length === 1) return { cancel: frame.cancel };
  const { command } = frame;
  if (id === undefined) return refuse(undefined, malformed("id"));
  const budget = { left: MAX_FRAME };
  const plain = isPlain(frame, MAX_DEPTH, budget);
  if (budget.left < 0) return refuse(id, tooLarge());
  if (isObject(frame.chunk) || isId(frame.credit)) {
    if (!plain) return refuse(id, fault("chunk_invalid", { reason: "text" }));
    return isObject(frame.chunk) ? { chunk: id } : { credit: id };
  }
  if (typeof command !== "string") return refuse(id, malformed("command"));
  if (!plain) return refuse(id, malformed("text, depth or kind"));
  return { call: { id, command } };
}

/**
 * The fault of a message to the host that is larger than its limit; `undefined` when it is not.
 *
 * @param {unknown} message
 */
export function oversize(message) {
  if (bound(message) <= MAX_FRAME) return undefined;
  const text = JSON.stringify(message);
  // No UTF-16 unit takes more than three octets, so most texts need no counting.
  if (text.length * 3 <= MAX_FRAME) return undefined;
  if (text.length <= MAX_FRAME && new TextEncoder().encode(text).length <= MAX_FRAME) {
    return undefined;
  }
  return tooLarge();
}

/**
 * At least as many octets as a plain value has as JSON, without writing it: documents are large.
 *
 * @param {unknown} value
 * @returns {number}
 */
function bound(value) {
  if (typeof value === "string") return 2 + value.length * (BARE.test(value) ? 1 : 6);
  if (typeof value !== "object" || value === null) return 32;
  return Object.entries(value).reduce((sum, [key, item]) => sum + bound(key) + bound(item) + 2, 2);
}

/**
 * @param {number | undefined} id
 * @param {Fault} error
 * @returns {Read}
 */
function refuse(id, error) {
  return { failure: id === undefined ? { error } : { id, error } };
}

/** @param {string} reason */
function malformed(reason) {
  return fault("message_malformed", { reason });
}

/** @returns {Fault} */
function tooLarge() {
  return fault("frame_too_large", { limit: MAX_FRAME });
}

/**
 * Whether every text is well-formed Unicode, no value lies too deep, and all are of JSON's kinds: JSON
 * readers refuse others. Firefox hands over structured clones: dates, arrays with holes, and values
 * that are in many places at once, which the budget ends. It has the octets that are left of a
 * message, of which each value takes no more than JSON would.
 *
 * @param {unknown} value
 * @param {number} depth
 * @param {{ left: number }} budget
 * @returns {boolean}
 */
function isPlain(value, depth, budget) {
  budget.left -= typeof value === "string" ? value.length + 1 : 1;
  if (budget.left < 0 || typeof value === "bigint") return false;
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  const kind = Object.prototype.toString.call(value);
  if (depth === 0 || (kind !== "[object Object]" && kind !== "[object Array]")) return false;
  if (Array.isArray(value) && value.length > budget.left) {
    budget.left = -1;
    return false;
  }
  const entries = Object.entries(value);
  if (Array.isArray(value) && entries.length !== value.length) return false;
  return entries.every(([key, item]) => {
    if (!Array.isArray(value)) budget.left -= key.length;
    return key.isWellFormed() && isPlain(item, depth - 1, budget);
  });
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isId(value) {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0xffff_ffff;
}

/** The largest message to the host, in bytes (`MAX_FRAME_FROM_BROWSER`). */
export const MAX_FRAME = 1_000_000;
const MAX_DEPTH = 32;
/** What JSON writes as it stands, an octet each. */
const BARE = /^[ !#-[\]-~]*$/;
