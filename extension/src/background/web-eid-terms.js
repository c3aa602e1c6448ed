// Web eID's names for what Wardkey calls otherwise.

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").ErrorCode} ErrorCode */

/**
 * A signature algorithm, by its name in RFC 7518.
 *
 * @param {string} name such as `RS256`
 */
export function algorithmOf(name) {
  const [kind, bits] = [name.slice(0, 2), name.slice(2)];
  return {
    cryptoAlgorithm: kind === "ES" ? "ECC" : "RSA",
    hashFunction: `SHA-${bits}`,
    paddingScheme: { ES: "NONE", PS: "PSS", RS: "PKCS1.5" }[kind] ?? "NONE",
  };
}

/**
 * Of a card's algorithms the first with this hash.
 *
 * @param {string[]} names
 * @param {string} hashFunction such as `SHA-256`
 */
export function joseOf(names, hashFunction) {
  return names.find((name) => algorithmOf(name).hashFunction === hashFunction);
}

/**
 * What the dialog calls a document of which there is a digest alone.
 *
 * @param {string} hashFunction
 */
export function mimeOf(hashFunction) {
  return `application/${hashFunction.toLowerCase()}`;
}

/**
 * One of Web eID's thirteen codes, without `ERR_WEBEID_`.
 *
 * @param {string} code
 */
export function codeOf(code) {
  return CODES[/** @type {ErrorCode} */ (code)] ?? "NATIVE_FATAL";
}

/** What is not here is a fault of the computer, the card or the server. @type {Partial<Record<ErrorCode, string>>} */
const CODES = {
  agent_unreachable: "NATIVE_UNAVAILABLE",
  argument_invalid: "NATIVE_INVALID_ARGUMENT",
  busy: "ACTION_PENDING",
  cancelled: "USER_CANCELLED",
  context_insecure: "CONTEXT_INSECURE",
  document_left_out: "USER_CANCELLED",
  document_malformed: "NATIVE_INVALID_ARGUMENT",
  host_missing: "NATIVE_UNAVAILABLE",
  timeout: "USER_TIMEOUT",
  user_cancelled: "USER_CANCELLED",
  version_mismatch: "VERSION_MISMATCH",
};
