// The errors that the extension itself answers. The words are the table's in crates/protocol; a
// test compares them.

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").ErrorCode} ErrorCode */

/**
 * The fault of a code.
 *
 * @param {keyof typeof WORDS} code
 * @param {Record<string, unknown>} [details] facts that go with it
 * @returns {Fault}
 */
export function fault(code, details) {
  const [message, remedy] = WORDS[code];
  return details ? { code, message, remedy, details } : { code, message, remedy };
}

/** @satisfies {Partial<Record<ErrorCode, [string, string]>>} */
export const WORDS = {
  agent_unreachable: [
    "The Wardkey agent could not be started or did not answer.",
    "Sign out of this computer and in again; if it stays so, run `wardkey-host doctor`.",
  ],
  chunk_invalid: [
    "A chunk of a document is not the one that is due.",
    "Use the Wardkey SDK, which sends each chunk when it is asked for; the details name the reason.",
  ],
  frame_too_large: [
    "A message is larger than the limit.",
    "Send less at once; the details name the limit in bytes.",
  ],
  host_missing: [
    "The Wardkey host program is not installed on this computer, or not for this browser.",
    "Install the Wardkey host, then try again.",
  ],
  message_malformed: [
    "A message is not well-formed.",
    "Use the Wardkey SDK, which writes well-formed messages.",
  ],
  outcome_unknown: [
    "The road broke after the card may have signed.",
    "Call again with the same idempotency key: it returns the result, or says that none was made.",
  ],
  rate_limited: [
    "The site or program has opened too many dialogs in a short time.",
    "Wait a moment, then try again.",
  ],
  version_mismatch: [
    "The page's SDK, the extension and the host do not speak a common version.",
    "Update the part that the details name.",
  ],
};
