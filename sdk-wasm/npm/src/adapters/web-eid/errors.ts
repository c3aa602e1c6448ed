import { localError, WardkeyError } from "../../error.js";
import type { ErrorCode, Party } from "../../protocol.js";

/** What Web eID's failure is among ours. */
export function errorOfWebEid(failure: unknown): WardkeyError {
  const { code, message } = (failure ?? {}) as { code?: unknown; message?: unknown };
  const webEid = typeof code === "string" ? code : "ERR_WEBEID_UNKNOWN_ERROR";
  const details = { webEid, ...(typeof message === "string" && { reason: message }) };
  const ours = OURS[webEid.replace("ERR_WEBEID_", "")];
  return ours ? words(ours, details) : localError("internal", details);
}

/** An error that the adapter says, in the words of the protocol's table. */
export function words(
  code: keyof typeof WEB_EID_WORDS | "argument_invalid" | "cancelled" | "context_insecure" | "extension_missing",
  details: Record<string, unknown> = {},
): WardkeyError {
  if (!(code in WEB_EID_WORDS)) return localError(code as "cancelled", details);
  const [party, message, remedy] = WEB_EID_WORDS[code as keyof typeof WEB_EID_WORDS];
  return new WardkeyError({ code, party, message, remedy, details });
}

const OURS: Partial<Record<string, Parameters<typeof words>[0]>> = {
  ACTION_PENDING: "busy",
  ACTION_TIMEOUT: "timeout",
  CONTEXT_INSECURE: "context_insecure",
  EXTENSION_UNAVAILABLE: "extension_missing",
  MISSING_PARAMETER: "argument_invalid",
  NATIVE_FATAL: "card_failed",
  NATIVE_INVALID_ARGUMENT: "argument_invalid",
  NATIVE_UNAVAILABLE: "host_missing",
  USER_CANCELLED: "user_cancelled",
  USER_TIMEOUT: "timeout",
  VERSION_INVALID: "version_mismatch",
  VERSION_MISMATCH: "version_mismatch",
};

/** A test compares the words. */
export const WEB_EID_WORDS = {
  algorithm_unsupported: [
    "page",
    "The key on the card does not sign so.",
    "Choose one of the algorithms that the details list, or none.",
  ],
  busy: [
    "page",
    "Another Wardkey dialog is open.",
    "Finish or cancel the open dialog, then try again.",
  ],
  card_failed: [
    "device",
    "The card or its software answered with an error.",
    "Take the card out, put it in again and try once more; the details name the call that failed.",
  ],
  format_unsupported: [
    "page",
    "This version does not make signatures of that format.",
    "Choose one of the formats that the details list.",
  ],
  host_missing: [
    "installation",
    "The Wardkey host program is not installed on this computer, or not for this browser.",
    "Install the Wardkey host, then try again.",
  ],
  timeout: ["user", "Nobody answered the dialog in time.", "Try again."],
  user_cancelled: [
    "user",
    "The user cancelled.",
    "Nothing; call again when the user asks for it.",
  ],
  version_mismatch: [
    "installation",
    "The page's SDK, the extension and the host do not speak a common version.",
    "Update the part that the details name.",
  ],
} as const satisfies Partial<Record<ErrorCode, readonly [Party, string, string]>>;
