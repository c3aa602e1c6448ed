// What every entry has beside `connect`.

export type { ConnectOptions } from "./connecting.js";
export { WardkeyError, type Trouble, type WardkeyErrorCode } from "./error.js";
export type { EventMap, Happening, Told } from "./events.js";
export type { TransferProgress } from "./transfer.js";
export type {
  CallOptions,
  DocumentToSign,
  SignedDocument,
  SignedDocuments,
  Signing,
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
