/**
 * `window.nhsAuth`, as the HSCIC's Chrome extension had it, over Wardkey: apps that call it run
 * unchanged once this is installed. The token is this origin's ticket.
 *
 * ```ts
 * import { connect } from "wardkey";
 * import { installNhsAuth } from "wardkey/adapters/nhs-auth";
 *
 * installNhsAuth(connect());
 * nhsAuth.getToken((error, tokenId) => (error ? show(error.message) : enter(tokenId)));
 * ```
 *
 * @module wardkey/adapters/nhs-auth
 */

import { WardkeyError } from "../error.js";
import type { Wardkey } from "../wardkey.js";

/** A Node-style callback. */
export type Callback = (error: NhsAuthError | null, value?: string) => void;

/** An error as apps of `nhsAuth` read it: `code` is 100, 200 or 201. */
export interface NhsAuthError extends Error {
  code: number;
  /** What it was. */
  cause?: unknown;
}

/** What stands at `window.nhsAuth`. Each function takes data that it does not look at, or none. */
export interface NhsAuth {
  /** The ticket; signs in where nobody is, which needs a gesture. */
  getToken(callback: Callback): void;
  getToken(data: unknown, callback: Callback): void;
  /** The ticket of a session that is there; never prompts. */
  getTokenNoAuth(callback: Callback): void;
  getTokenNoAuth(data: unknown, callback: Callback): void;
  /** The version of what stands in the page. */
  readonly getAdaptorVersion: string;
  /** The version of the agent. */
  getBridgeVersion(callback: Callback): void;
  getBridgeVersion(data: unknown, callback: Callback): void;
}

/** Puts it there, and gives it back. */
export function installNhsAuth(wardkey: Wardkey | Promise<Wardkey>): NhsAuth {
  const connected = Promise.resolve(wardkey);
  connected.catch(() => {});
  const nhsAuth: NhsAuth = {
    getToken: calling(connected, async (wardkey) => {
      const { ticket } = await wardkey.signIn();
      return ticket ?? (await wardkey.ticket()).ticket;
    }),
    getTokenNoAuth: calling(connected, async (wardkey) => (await wardkey.ticket()).ticket),
    getAdaptorVersion: VERSION,
    getBridgeVersion: calling(connected, async (wardkey) => (await wardkey.status()).agent),
  };
  Object.assign(globalThis, { nhsAuth });
  return nhsAuth;
}

declare global {
  // eslint-disable-next-line no-var
  var nhsAuth: NhsAuth | undefined;
}

function calling(connected: Promise<Wardkey>, call: (wardkey: Wardkey) => Promise<string>) {
  return (...args: [Callback] | [unknown, Callback]): void => {
    const callback = typeof args[0] === "function" ? (args[0] as Callback) : args[1];
    if (typeof callback !== "function") throw new TypeError("No callback provided");
    connected.then(call).then(
      (value) => tell(() => callback(null, value)),
      (cause: unknown) => tell(() => callback(errorOf(cause))),
    );
  };
}

/** An error of the callback is the page's, not the call's. */
function tell(callback: () => void): void {
  queueMicrotask(callback);
}

function errorOf(cause: unknown): NhsAuthError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof WardkeyError ? codeOf(cause) : BACKEND;
  return Object.assign(new Error(message, { cause }), { code });
}

function codeOf({ party, code }: WardkeyError): number {
  if (party === "installation" || party === "bug") return NO_BACKEND;
  return code === "session_missing" || code === "session_ended" ? NO_TOKEN : BACKEND;
}

/** Nobody answered. */
const NO_BACKEND = 100;
/** It was answered that it does not go. */
const BACKEND = 200;
/** There is no token. */
const NO_TOKEN = 201;

const VERSION = "1.0.0";
