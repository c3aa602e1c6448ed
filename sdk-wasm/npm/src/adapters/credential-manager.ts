/**
 * The call of `nhs-credential-manager-prescription-signing` over Wardkey: an app that imports
 * `signPrescription` from there imports it from here, and needs neither Port Service nor a local
 * port.
 *
 * A payload is the `digest` that the EPS service's `$prepare` gave, signed as `eps_digest`: the
 * user is not shown the prescription, so that the permission `sign_content_not_shown` is needed, and
 * the signature is RS256, whatever `algorithm` a request names. Better, where the app can: `sign({ format: "eps", … })` with the
 * prescription itself.
 *
 * @module wardkey/adapters/credential-manager
 */

import { decode, encode } from "../base64.js";
import { connect } from "../connect.js";
import { localError, WardkeyError } from "../error.js";
import type { Wardkey } from "../wardkey.js";

/** The answer of Credential Management's signing hub. */
export interface HubResponse {
  /** The signer's certificate: base64 of its DER. */
  certificate: string;
  /** What could not be signed, with why. */
  failed_signatures: { id: string; status_code: number; status_string: string }[];
  message: string;
  /** Base64 of each signature, by the payload's id. */
  signatures: { id: string; signature: string }[];
  /** 0 where all went well. */
  status_code: number;
  status_string: string;
  /** RFC 3339. */
  timestamp: string;
}

/** One payload of `requestToSign`. */
export interface Payload {
  /** The app's name for it. */
  id: string;
  /** What `$prepare` gave as `digest`. */
  payload: string;
}

/**
 * Signs a request as the library has it: base64 of the JSON that Credential Management's
 * `requestToSign` takes, `{ algorithm, requestType, version, flags, payloads: [{ id, payload }] }`.
 * The library's first releases took one payload alone; so does this. Needs a gesture.
 *
 * @throws `TypeError` as the library does, with the `WardkeyError` as its `cause`
 */
export async function signPrescription(request: string, wardkey?: Wardkey): Promise<HubResponse> {
  const response = await requestToSign(request, wardkey);
  if (response.status_code === 0 && response.signatures.length > 0) return response;
  const { cause } = response as { cause?: unknown };
  throw new TypeError("Error response from Credential Management.", { cause });
}

/**
 * Signs payloads with one consent, as the hub's `requestToSign` does, and answers as it does: what
 * went wrong is in the answer.
 */
export async function requestToSign(
  request: string | readonly Payload[],
  wardkey?: Wardkey,
): Promise<HubResponse> {
  const own = wardkey === undefined;
  let connected = wardkey;
  try {
    connected ??= await connect();
    const documents = payloadsOf(request).map(({ id, payload }) => ({
      id,
      name: "Prescription",
      mediaType: "application/xml",
      content: decode(payload),
    }));
    const { certificate, results } = await connected.sign({ format: "eps_digest", documents });
    const signatures: HubResponse["signatures"] = [];
    const failed: HubResponse["failed_signatures"] = [];
    for (const { id, signature, error } of results) {
      const value = signature && signatureValue(signature);
      if (value) signatures.push({ id, signature: value });
      else failed.push({ id, status_code: FAILED, status_string: error?.message ?? "No signature" });
    }
    const status = failed.length === 0 ? GOOD : FAILED;
    return answer(status, failed[0]?.status_string ?? "OK", encode(certificate), signatures, failed);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const response = answer(statusOf(cause), message, "", [], []);
    // Not part of the answer's JSON, but there for whoever wants it.
    return Object.defineProperty(response, "cause", { value: cause, enumerable: false });
  } finally {
    if (own) connected?.close();
  }
}

/**
 * What is asked for: of a text that is no request it is the text itself.
 *
 * @throws `WardkeyError` `argument_invalid`
 */
function payloadsOf(request: string | readonly Payload[]): readonly Payload[] {
  const payloads = typeof request === "string" ? payloadsIn(request) : request;
  if (!payloads) return [{ id: crypto.randomUUID(), payload: String(request) }];
  if (Array.isArray(payloads) && payloads.length > 0 && payloads.every(isPayload)) return payloads;
  throw localError("argument_invalid", { reason: "payloads: each has an id and a payload" });
}

/** The payloads of a request as the library has it; `undefined` where it is something else. */
function payloadsIn(request: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(decode(request))).payloads;
  } catch {
    return undefined;
  }
}

function isPayload(one: unknown): one is Payload {
  const { id, payload } = (one ?? {}) as Partial<Payload>;
  return typeof id === "string" && typeof payload === "string";
}

function answer(
  status_code: number,
  status_string: string,
  certificate: string,
  signatures: HubResponse["signatures"],
  failed_signatures: HubResponse["failed_signatures"],
): HubResponse {
  const timestamp = new Date().toISOString();
  const message = status_string;
  return { certificate, failed_signatures, message, signatures, status_code, status_string, timestamp };
}

/** The value in the `Signature` element that Wardkey makes: base64, without white space. */
function signatureValue(element: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(element);
  const [, value] = /<SignatureValue>([^<]+)<\/SignatureValue>/.exec(text) ?? [];
  return value?.replace(/\s/g, "");
}

function statusOf(cause: unknown): number {
  const code = cause instanceof WardkeyError ? cause.code : "";
  if (MISSING.has(code)) return NO_CERTIFICATE;
  return code === "argument_invalid" || code === "document_malformed" ? BAD_REQUEST : FAILED;
}

const GOOD = 0;
/** "SIG" and a number, as the hub has it. */
const FAILED = 0x53494701;
const BAD_REQUEST = 0x53494703;
const NO_CERTIFICATE = 0x53494705;
const MISSING = new Set([
  "card_missing",
  "card_removed",
  "certificate_missing",
  "key_missing",
  "reader_missing",
]);
