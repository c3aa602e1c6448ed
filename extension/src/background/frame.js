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
  if (isObject(frame.chunk) || isId(frame.credit)) {
    if (!isPlain(frame, MAX_DEPTH)) return refuse(id, fault("chunk_invalid", { reason: "text" }));
    return isObject(frame.chunk) ? { chunk: id } : { credit: id };
  }
  if (typeof command !== "string") return refuse(id, malformed("command"));
  if (!isPlain(frame, MAX_DEPTH)) return refuse(id, malformed("text or depth"));
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
  return fault("frame_too_large", { limit: MAX_FRAME });
}

/**
 * At least as many octets as a value has as JSON, without writing it: documents are large.
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

/**
 * Whether every text is well-formed Unicode and no value lies too deep: JSON readers refuse others.
 *
 * @param {unknown} value
 * @param {number} depth
 * @returns {boolean}
 */
function isPlain(value, depth) {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  return Object.entries(value).every(
    ([key, item]) => key.isWellFormed() && isPlain(item, depth - 1),
  );
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
