import type { ErrorCode, Party } from "./protocol.js";

/** A stable code; a newer agent may send codes that this version does not list. */
export type WardkeyErrorCode = ErrorCode | (string & {});

/** What an error says. */
export interface Trouble {
  /** The stable code. */
  code: WardkeyErrorCode;
  /** Whose doing it is. */
  party: Party;
  /** What happened, as a plain sentence. */
  message: string;
  /** What the user or the developer can do. */
  remedy: string;
  /** Facts that go with the code, such as `triesLeft`. */
  details: Record<string, unknown>;
}

/**
 * Every error of Wardkey. `message` and `remedy` are plain sentences, fit to be shown.
 *
 * @example
 * ```ts
 * try {
 *   await wardkey.signIn();
 * } catch (error) {
 *   if (error instanceof WardkeyError && error.code === "user_cancelled") return;
 *   show(error.message, error.remedy);
 * }
 * ```
 */
export class WardkeyError extends Error {
  override readonly name = "WardkeyError";
  /** The stable code. */
  readonly code: WardkeyErrorCode;
  /** Whose doing it is. */
  readonly party: Party;
  /** What the user or the developer can do. */
  readonly remedy: string;
  /** Facts that go with the code, such as `triesLeft`. */
  readonly details: Readonly<Record<string, unknown>>;

  /** The package makes them; your tests may, to see what becomes of one. */
  constructor(trouble: Trouble, options?: ErrorOptions) {
    super(trouble.message, options);
    this.code = trouble.code;
    this.party = trouble.party;
    this.remedy = trouble.remedy;
    this.details = trouble.details;
  }
}

/** An error that the SDK itself says, in the words of the protocol's table. */
export function localError(
  code: keyof typeof WORDS,
  details: Record<string, unknown> = {},
  cause?: unknown,
): WardkeyError {
  const [party, message, remedy] = WORDS[code];
  const options = cause === undefined ? undefined : { cause };
  return new WardkeyError({ code, party, message, remedy, details }, options);
}

/** The errors that have to be said without the core. A test compares the words. */
export const WORDS = {
  argument_invalid: [
    "page",
    "A command's arguments are not what the command takes.",
    "Correct the field that the details name; the SDK's types say what each command takes.",
  ],
  cancelled: [
    "page",
    "The page gave the call up, or its document went away.",
    "Call again when the user asks for it.",
  ],
  context_insecure: ["page", "The page is not in a secure context.", "Open the page over https."],
  extension_missing: [
    "installation",
    "The Wardkey extension is not installed in this browser, or not allowed on this site.",
    "Install the Wardkey extension, allow it on this site, and reload the page.",
  ],
  internal: [
    "bug",
    "Wardkey made a mistake.",
    "Please report it with the support bundle of `wardkey-host doctor`.",
  ],
} as const satisfies Partial<Record<ErrorCode, readonly [Party, string, string]>>;
