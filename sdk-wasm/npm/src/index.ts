/**
 * Smartcard sign-in and signatures for clinical web apps.
 *
 * ```ts
 * import { connect } from "wardkey";
 *
 * const wardkey = await connect();
 * button.onclick = async () => {
 *   const { session, ticket } = await wardkey.signIn();
 *   await fetch("/api/session", { method: "POST", body: JSON.stringify({ ticket }) });
 * };
 * wardkey.on("session_ended", () => location.assign("/signed-out"));
 * ```
 *
 * @module
 */

export { connect, type ConnectOptions } from "./connect.js";
export { WardkeyError, type WardkeyErrorCode } from "./error.js";
export type { Happening } from "./events.js";
export type { TransferProgress } from "./transfer.js";
export type {
  CallOptions,
  DocumentToSign,
  SignedDocument,
  SignedDocuments,
  SignOptions,
  SignRequest,
  SigningCertificate,
  Wardkey,
} from "./wardkey.js";
export type {
  AuthenticateResult,
  AuthorizeResult,
  CardView,
  CardsResult,
  Commitment,
  ErrorCode,
  EventData,
  EventName,
  JwsSerialization,
  Party,
  ReaderView,
  RoleView,
  SelectRoleResult,
  SessionCause,
  SessionState,
  SessionView,
  SignAlgorithm,
  SignFormat,
  SignInResult,
  SignProgress,
  SignaturePackaging,
  StatusResult,
  TicketResult,
  UserView,
} from "./protocol.js";
