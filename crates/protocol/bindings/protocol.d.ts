// Generated from crates/protocol; do not edit.

/** Octets as padded standard base64 (RFC 4648, section 4). */
export type Base64 = string;

/** A challenge of 44 to 128 visible ASCII characters. */
export type Nonce = string;

/** What an origin may be granted, by policy or by the user's consent. */
export type Capability = "authenticate" | "authorize" | "sign" | "sign_content_not_shown" | "sign_in" | "signing_certificate" | "ticket" | "user_details";

/** Whose doing an error is. */
export type Party = "bug" | "device" | "installation" | "page" | "server" | "user";

/** A stable error code. The list only grows. */
export type ErrorCode = "agent_unreachable" | "algorithm_unsupported" | "argument_invalid" | "authorize_request_invalid" | "batch_too_large" | "busy" | "cancelled" | "capability_not_granted" | "card_busy" | "card_contact_needed" | "card_failed" | "card_missing" | "card_removed" | "card_unreadable" | "certificate_expired" | "certificate_missing" | "certificate_not_yet_valid" | "certificate_revoked" | "certificate_untrusted" | "certificate_wrong_usage" | "chunk_invalid" | "command_unknown" | "context_insecure" | "document_left_out" | "document_malformed" | "document_refused" | "document_too_large" | "document_unsupported" | "extension_missing" | "format_unsupported" | "frame_too_large" | "gesture_required" | "host_missing" | "instance_forbidden" | "internal" | "key_missing" | "key_too_short" | "message_malformed" | "module_failed" | "module_missing" | "origin_not_admitted" | "outcome_unknown" | "passcode_blocked" | "passcode_elsewhere" | "passcode_expired" | "passcode_unchangeable" | "passcode_wrong" | "policy_invalid" | "program_not_admitted" | "rate_limited" | "reader_missing" | "reader_service_missing" | "record_unwritable" | "remote_refused" | "remote_response_invalid" | "remote_unreachable" | "remote_unsupported" | "remote_untrusted" | "result_discarded" | "revocation_unavailable" | "role_required" | "role_unavailable" | "server_refused" | "server_response_invalid" | "server_unreachable" | "server_untrusted" | "session_ended" | "session_locked" | "session_missing" | "signature_invalid" | "signer_mismatch" | "timeout" | "timestamp_unavailable" | "transfer_stalled" | "transfers_full" | "unblocking_key_blocked" | "user_cancelled" | "user_unknown" | "version_mismatch";

/** An error as a page sees it. */
export type Fault = {
  /** The stable code. */
  code: ErrorCode,
  /** One plain sentence: what happened. */
  message: string,
  /** One plain sentence: what the user or the developer can do. */
  remedy: string,
  /** Facts that go with the code, such as `triesLeft` or `field`. */
  details?: Record<string, unknown>,
};

/** The protocol versions that one side speaks, both ends included. */
export type VersionRange = {
  /** The oldest version. */
  min: number,
  /** The newest version. */
  max: number,
};

/** The states of a session (DESIGN: the server alone decides them). */
export type SessionState = "active" | "locked" | "suspended" | "ended";

/** Why a session ended or changed. */
export type SessionCause = "card_removed" | "expired" | "idle" | "screen_locked" | "signed_out" | "server" | "slept" | "user_changed";

/** One role profile. */
export type RoleView = {
  /** The role profile id (the Spine's `uniqueIdentifier`). */
  id: string,
  /** The job role's name, the last part of `"Group":"Sub group":"Role"`. */
  name: string,
  /** The organisation's ODS code. */
  organisationCode: string,
  /** The organisation's name. */
  organisation: string,
};

/** Who is signed in. */
export type UserView = {
  /** The directory's user id (12 digits at the Spine). */
  uid: string,
  /** The display name, as the directory has it. */
  name: string,
  /** The role chosen for this session; absent until one is chosen. */
  role?: RoleView,
  /** Every role the user may choose. */
  roles: Array<RoleView>,
};

/** A session, to a page that has signed in to it. */
export type SessionView = {
  /** Names this session towards pages; not a credential. */
  id: string,
  /** Where it stands. */
  state: SessionState,
  /** The Identity Server's base address. */
  server: string,
  /** Seconds until the server ends it at the latest. */
  expiresInSeconds: number,
  /** The user; absent where the origin has no `user_details`. */
  user?: UserView,
};

/** A card reader. */
export type ReaderView = {
  /** The reader's name, as PC/SC gives it. */
  name: string,
  /** Whether a card is in it. */
  cardPresent: boolean,
};

/** A card that can be read. */
export type CardView = {
  /** The reader's name, or the token's where it has no reader. */
  reader: string,
  /** The card's own label. */
  label: string,
  /** Whether it holds a login certificate. */
  canSignIn: boolean,
  /** Whether it holds a content-commitment certificate. */
  canSign: boolean,
};

/** What a chunk holds. */
export type ChunkPiece = {
  /** The document's id. */
  document: string,
  /** Counts the chunks of the call in this direction, from 0. */
  number: number,
  /** The octets. */
  octets: Base64,
};

/** A piece of a document on its way to the agent, or of a signature on its way to the page. */
export type Chunk = {
  /** The call's id. */
  id: number,
  /** The piece. */
  chunk: ChunkPiece,
};

/** How far chunks may be sent. */
export type Credit = {
  /** The call's id. */
  id: number,
  /** How many chunks may have been sent in all, from the first of the call on. */
  credit: number,
};

/** A command's name. */
export type CommandName = "authenticate" | "authorize" | "cards" | "delegate" | "select_role" | "sign" | "sign_in" | "sign_out" | "signing_certificate" | "status" | "subscribe" | "ticket" | "user";

/** The relying party's challenge. */
export type AuthenticateArgs = {
  /** The nonce, which the relying party made and keeps. */
  nonce: Nonce,
};

/** A `web-eid:1.0` authentication token. */
export type AuthenticateResult = {
  /** The login certificate, DER. */
  unverifiedCertificate: Base64,
  /** `RS256`, `ES256` or `ES384`. */
  algorithm: string,
  /** The signature over `H(H(origin) || H(nonce))`. */
  signature: Base64,
  /** `web-eid:1.0`. */
  format: string,
  /** The program that made it. */
  appVersion: string,
};

/** What the server asks. */
export type AuthorizeArgs = {
  /**
   * The request that the server signed: a compact JWS over
   * [`AuthorizeRequestClaims`](crate::authorize_api::AuthorizeRequestClaims).
   */
  request: string,
};

/** The agent's proof. */
export type AuthorizeResult = {
  /**
   * A compact JWS by the session's key over
   * [`AuthorizeClaims`](crate::authorize_api::AuthorizeClaims), for the server alone.
   */
  proof: string,
};

/** Nothing to say. */
export type CardsArgs = Record<symbol, never>;

/** Readers, and the cards that could be read. */
export type CardsResult = {
  /** Every reader. */
  readers: Array<ReaderView>,
  /** Every card that could be read; no holder's name is in it. */
  cards: Array<CardView>,
};

/** Whom it lets call. */
export type DelegateArgs = {
  /**
   * The origins of the documents in its frames, as browsers write them; at most 20. Those of
   * before do not count any more.
   */
  origins: Array<string>,
};

/** They may. */
export type Delegated = Record<symbol, never>;

/** Which role the page suggests. */
export type SelectRoleArgs = {
  /** The role profile to put first in the dialog. */
  role?: string,
};

/** The session with its new role. */
export type SelectRoleResult = {
  /** The session. */
  session: SessionView,
};

/** How a key signs (RFC 7518, section 3.1). */
export type SignAlgorithm = "ES256" | "ES384" | "ES512" | "PS256" | "PS384" | "PS512" | "RS256" | "RS384" | "RS512";

/** The signature formats. */
export type SignFormat = "cades" | "eps" | "eps_digest" | "jades" | "jws" | "pades" | "raw" | "xades" | "xmldsig";

/** What the signer commits to (ETSI EN 319 122-1, section 5.2.3). */
export type Commitment = "proof_of_approval" | "proof_of_creation" | "proof_of_delivery" | "proof_of_origin" | "proof_of_receipt" | "proof_of_sender";

/** Where a signature stands. */
export type SignaturePackaging = "detached" | "enveloped" | "enveloping";

/** How a JWS is written (RFC 7515, section 7). */
export type JwsSerialization = "compact" | "json";

/** One document. */
export type SignDocument = {
  /** The page's name for it, unique within the call. */
  id: string,
  /** A name for people. */
  name: string,
  /** The media type, such as `application/xml`. */
  mediaType: string,
  /** The octets that are shown and signed; missing where there is a `digest` or a `size`. */
  content?: Base64,
  /**
   * For `cades` and `xades`, `detached`, and on sites that policy lets use the calls of
   * `web-eid.js` for `raw`: the document's digest in its place, by the hash of the algorithm
   * that signs. Nothing is shown: needs `sign_content_not_shown`.
   */
  digest?: Base64,
  /** How many octets follow in chunks, in place of `content`. Since version 2. */
  size?: number,
};

/** What to sign. */
export type SignArgs = {
  /**
   * The idempotency key: the same key never signs twice, and asking again with it returns
   * what was made. 16 to 64 characters, fresh for each act of signing.
   */
  key: string,
  /** The format of the signatures. */
  format: SignFormat,
  /** One to 250 documents. */
  documents: Array<SignDocument>,
  /**
   * Where the signatures stand: for `cades`, `jades` and `jws` `enveloping`, if absent, or
   * `detached`; for `xades` and `xmldsig` `enveloped`, if absent, or one of the others.
   */
  packaging?: SignaturePackaging,
  /**
   * How the key signs, one of those that `signing_certificate` lists; the first of them if
   * absent. `eps` and `eps_digest` are always `RS256`.
   */
  algorithm?: SignAlgorithm,
  /**
   * For `jades` and `jws`: how the signatures are written; `compact` if absent, or `json` where
   * there is a timestamp, which has a place in JSON only.
   */
  serialization?: JwsSerialization,
  /**
   * For `cades`, `jades`, `pades` and `xades`: each signature gets a timestamp of the
   * authority that the policy names, and so is of level B-T.
   */
  timestamp?: boolean,
  /** What the signer commits to. */
  commitment?: Commitment,
  /**
   * Why, in the page's words; shown as the page's claim. For `pades` without a commitment it
   * stands in the signature.
   */
  reason?: string,
};

/**
 * How a result is made of its document, which the page has and need not be sent, and of what
 * came as the signature.
 */
export type SignatureJoin = "around" | "around_base64" | "around_base64url" | "within";

/** Where document and signature join. */
export type SignatureJoined = {
  /** Which of them stands in the other. */
  how: SignatureJoin,
  /** At which octet of the outer one. */
  at: number,
};

/** The result of one document: a signature or an error. */
export type SignDocumentResult = {
  /** The document's id. */
  id: string,
  /**
   * The signature: for `cades` DER; for `eps` and `eps_digest` the `Signature` element,
   * UTF-8; for `jades` and `jws` a JWS, ASCII or JSON; for `pades` the whole signed PDF; for `raw` the bare
   * signature; for `xades` and `xmldsig` XML in UTF-8, where `enveloped` the document with the
   * signature in it.
   */
  signature?: Base64,
  /** In place of `signature`: how many octets of it came in chunks. Since version 2. */
  size?: number,
  /**
   * The signature is whole once it is joined with its document, which came in chunks. Since
   * version 2.
   */
  join?: SignatureJoined,
  /** The algorithm, such as `RS256`. */
  algorithm?: string,
  /** Why there is no signature. */
  error?: Fault,
};

/** The result of the whole call. */
export type SignResult = {
  /** The certificate of the key that signed, DER. */
  certificate: Base64,
  /** One result a document, in the order of the call. */
  results: Array<SignDocumentResult>,
};

/** Progress of a call with many documents. */
export type SignProgress = {
  /** Documents done. */
  done: number,
  /** Documents in all. */
  total: number,
};

/** How to sign in. The server is policy's to name, never the page's. */
export type SignInArgs = {
  /** The role profile to take without asking, if the user has it. */
  role?: string,
  /** Ask for the passcode even where a session is active. */
  fresh?: boolean,
};

/** A session, and this origin's own ticket of it. */
export type SignInResult = {
  /** The session. */
  session: SessionView,
  /**
   * The ticket: a bearer secret, bound to this origin as relying party. Absent where the
   * origin has no `ticket`.
   */
  ticket?: string,
};

/** Nothing to say. */
export type SignOutArgs = Record<symbol, never>;

/** The session is over. */
export type SignOutResult = Record<symbol, never>;

/** Nothing to say. */
export type SigningCertificateArgs = Record<symbol, never>;

/** The certificate that `sign` will use. */
export type SigningCertificateResult = {
  /** The certificate, DER. */
  certificate: Base64,
  /** The signature algorithms that its key makes, as `RS256`; the one that `sign` chooses first. */
  algorithms: Array<string>,
};

/** Nothing to say. */
export type StatusArgs = Record<symbol, never>;

/** How much may be signed with one call, in bytes where nothing else is said. */
export type SignLimits = {
  /** How many documents. */
  documents: number,
  /** All documents together. */
  bytes: number,
  /**
   * One document of which no more than its digest is needed: `cades`, and `xades` and
   * `xmldsig` detached.
   */
  document: number,
  /** One document of any other format. */
  readDocument: number,
};

/**
 * What this origin may know. Without a grant only the versions are there, whoever is signed
 * in and whatever is in the reader.
 */
export type StatusResult = {
  /** The agent's version. */
  agent: string,
  /** The protocol version in use. */
  protocol: number,
  /** Whether a card is in a reader; absent without a grant. */
  cardPresent?: boolean,
  /** The session this page has signed in to; absent when there is none. */
  session?: SessionView,
  /** How much may be signed with one call; absent without a grant to sign. Since version 2. */
  limits?: SignLimits,
};

/** Nothing to say. */
export type SubscribeArgs = Record<symbol, never>;

/** How things stand; events follow with `seq` above this one. */
export type SubscribeResult = {
  /** The number of the last event before this snapshot. */
  seq: number,
  /** Whether a card is in a reader; absent without a grant. */
  cardPresent?: boolean,
  /** The session this page has signed in to. */
  session?: SessionView,
};

/** Nothing to say. */
export type TicketArgs = Record<symbol, never>;

/** A ticket: a bearer secret, bound to this origin as relying party. */
export type TicketResult = {
  /** The ticket, opaque; URL-encode it where it goes into an address. */
  ticket: string,
  /** Seconds until it stops working at the latest. */
  expiresInSeconds: number,
};

/** Nothing to say. */
export type UserArgs = Record<symbol, never>;

/** The user of this page's session. */
export type UserResult = {
  /** Name, role and organisation. */
  user: UserView,
};

/** An event's name. */
export type EventName = "card_inserted" | "card_removed" | "reader_changed" | "role_changed" | "session_changed" | "session_ended" | "session_locked" | "session_resumed" | "session_started";

/** The facts of an event. */
export type EventData = {
  /** The reader (`card_inserted`, `card_removed`). */
  reader?: string,
  /** Whether any card is in a reader now (`card_*`, `reader_changed`). */
  cardPresent?: boolean,
  /** Why (`session_*`). */
  cause?: SessionCause,
  /** The state now (`session_*`). */
  state?: SessionState,
  /** The session (`session_started`, `session_resumed`, `role_changed`). */
  session?: SessionView,
};

/** One event. */
export type Event = {
  /** Counts the events of one port, from 1. */
  seq: number,
  /** What happened. */
  event: EventName,
  /** The facts; which are there depends on the event. */
  data: EventData,
};

/** A call. */
export type Request = {
  /**
   * The lowest protocol version that has what the request uses, within what `hello` agreed
   * on.
   */
  v: number,
  /** Chosen by the page, unique among its calls under way. */
  id: number,
  /** The command's name; unknown names get `command_unknown`. */
  command: string,
  /** The command's arguments. */
  args: Record<string, unknown>,
};

/** Gives a call up. */
export type Cancel = {
  /** The call's id. */
  cancel: number,
};

/** The good end of a call. */
export type Answer = {
  /** The call's id. */
  id: number,
  /** The command's result. */
  ok: unknown,
};

/** The bad end of a call. */
export type Failure = {
  /** The call's id; absent where the message had none that could be read. */
  id?: number,
  /** What went wrong. */
  error: Fault,
};

/** News of a call under way. */
export type Progress = {
  /** The call's id. */
  id: number,
  /** The command's progress. */
  progress: unknown,
};

/** Why a page's port came to its end. */
export type CloseCause = "agent_gone" | "extension_gone" | "page_hidden";

/** The port is at its end: every call on it has been answered, and the page may ask for another. */
export type Closed = {
  /** Why. */
  closed: CloseCause,
};

/** What the page says first. */
export type PageHello = {
  /** The versions the SDK speaks. */
  versions: VersionRange,
  /** The SDK's version. */
  sdk: string,
};

/** What the page posts to its own window, with one end of a `MessageChannel`. */
export type PageGreeting = {
  /** Who asks. */
  wardkey: PageHello,
};

/** What the content script answers. */
export type ExtensionHello = {
  /** The version agreed on; absent when there is none. */
  version?: number,
  /** The extension's version. */
  extension: string,
};

/** What the content script answers on the port. */
export type ExtensionGreeting = {
  /** Who answers. */
  hello: ExtensionHello,
};

/** What a page receives on its port. */
export type ToPage = Answer | Chunk | Credit | Closed | Event | Failure | Progress;

/**
 * A command of the extension's own pages. Its arguments and its result are in the module of its
 * name.
 */
export type OwnCommand = "change_passcode" | "diagnostics" | "grants" | "overview" | "revoke" | "select_role" | "shims" | "sign_out" | "unblock_passcode" | "watch";

/** A call of one of the extension's own pages. */
export type OwnRequest = {
  /** Chosen by the extension, unique among its calls under way. */
  id: number,
  /** The command's name; unknown names get `command_unknown`. */
  command: string,
  /** The command's arguments; none where it takes none. */
  args?: Record<string, unknown>,
};

/** Whose passcode: what `change_passcode` and `unblock_passcode` take. */
export type PasscodeArgs = {
  /**
   * The reader that the card is in, by its name; without it the only card that is here, or the
   * one of several that the user chooses in the dialog.
   */
  reader?: string,
};

/** The card has another passcode. */
export type PasscodeSet = {
  /** The reader that it is in. */
  reader: string,
};

/** How what was examined is. */
export type FindingState = "ok" | "warning" | "problem";

/** What was examined, in the order of the road from the browser to the server. */
export type FindingSubject = "browser" | "extension" | "manifest" | "host" | "agent" | "policy" | "program" | "reader_service" | "reader" | "module" | "card" | "certificate" | "remote" | "server" | "tls" | "clock";

/** One thing that was examined. */
export type Finding = {
  /** The stable code; `docs/doctor.md` has all of them. */
  code: string,
  /** What was examined. */
  subject: FindingSubject,
  /** How it is. */
  state: FindingState,
  /** What was found, in one plain sentence. */
  found: string,
  /** What to do about it; empty when nothing has to be done. */
  remedy: string,
  /** Facts that go with it; nothing secret, and no person's name. */
  details?: Record<string, unknown>,
};

/** What was found on this computer. */
export type Report = {
  /** The version of the host program that examined it. */
  host: string,
  /** When, in RFC 3339 (UTC). */
  time: string,
  /** In the order of [`FindingSubject`]. */
  findings: Array<Finding>,
};

/** The end of a call of one of the extension's own pages. */
export type OwnReply = Answer | Failure;

/** Something that the extension's own pages show may have changed; they ask again. */
export type Changed = Record<symbol, never>;

/** A session, to whoever is at the computer. */
export type SessionOverview = {
  /** Its name, for `select_role` and `sign_out`; not a credential. */
  id: string,
  /** Where it stands. */
  state: SessionState,
  /** What policy calls its Identity Server. */
  server: string,
  /** The user; absent while it waits for its card. */
  user?: UserView,
  /** Seconds until the server ends it at the latest. */
  expiresInSeconds: number,
  /** How many seconds there were when it began. */
  lifetimeSeconds: number,
  /** Seconds until it locks if nobody uses it; absent where it does not. */
  locksInSeconds?: number,
};

/** A site or a program that is connected, with all its documents in all browsers. */
export type AppOverview = {
  /** The site's origin, or what policy calls the program. */
  name: string,
  /** How many documents of it are open. */
  documents: number,
  /** Whether it may do anything. */
  admitted: boolean,
  /** Whether any of them is in a session. */
  signedIn: boolean,
};

/** What the popup shows. */
export type Overview = {
  /** Every reader that the smartcard service knows. */
  readers: Array<ReaderView>,
  /** Every session, the newest first. */
  sessions: Array<SessionOverview>,
  /** Every site and program that is connected, in the order of their names. */
  apps: Array<AppOverview>,
};

/** Who granted something. */
export type GrantedBy = "consent" | "policy";

/** One thing that a site may do. */
export type Granted = {
  /** What. */
  capability: Capability,
  /** By whom. */
  by: GrantedBy,
  /** For consent: the user id of whoever gave it. */
  uid?: string,
  /** For consent: when, in seconds since 1970. */
  since?: number,
};

/** One site at one Identity Server. */
export type SiteGrants = {
  /** The site. */
  origin: string,
  /** What policy calls the Identity Server; its address where policy has it no more. */
  server: string,
  /** What it may do, in the order of their names. */
  granted: Array<Granted>,
  /** What else it may come to do, once the user lets it. */
  askable: Array<Capability>,
  /** Whether it may use the calls of `web-eid.js`. */
  webEid: boolean,
};

/** Every site that may do something. */
export type Grants = {
  /** In the order of their origins. */
  sites: Array<SiteGrants>,
  /** What a site that policy does not name may come to do, once the user lets it. */
  askable: Array<Capability>,
};

/** What to take back. */
export type RevokeArgs = {
  /** From which site. */
  origin: string,
  /** What; everything if absent. */
  capability?: Capability,
};

/** What was taken back. */
export type Revoked = {
  /** How many consents there were. */
  revoked: number,
};

/** Of which session. */
export type OwnSelectRoleArgs = {
  /** The session's name. */
  session: string,
};

/** Of which site. */
export type ShimsArgs = {
  /** The document's origin, as the browser has it; `null` when it is opaque. */
  origin: string,
  /** Whether the document is the tab's top document. */
  top: boolean,
};

/** What the site has. */
export type Shims = {
  /** The calls of `web-eid.js`. */
  webEid: boolean,
};

/** Which session. */
export type OwnSignOutArgs = {
  /** The session's name. */
  session: string,
};

/** The facts that only the browser knows. A page cannot write them. */
export type PageContext = {
  /** The document's origin, from the browser's `sender`; `null` when it is opaque. */
  origin: string,
  /** The top document's origin. */
  topOrigin: string,
  /** Whether the document is the tab's top document. */
  top: boolean,
  /** The browser's id of the document, after that of its tab and a slash where it has one. */
  document: string,
};

/** The extension's first message. */
export type Hello = {
  /** The versions the extension speaks. */
  versions: VersionRange,
  /** The extension's version. */
  extension: string,
};

/** The agent's answer. */
export type Welcome = {
  /** The version agreed on. */
  version: number,
  /** The agent's version. */
  agent: string,
  /** Changes when the agent starts anew, so that stale state is noticed. */
  boot: string,
  /** What the extension's own pages may ask of this agent. */
  own: Array<OwnCommand>,
};

/** A page asked for Wardkey. */
export type Open = {
  /** Chosen by the extension, unique while it is open. */
  port: number,
  /** What the browser says of the page. */
  context: PageContext,
};

/** A page's message. */
export type FromPort = {
  /** The port. */
  port: number,
  /** Whether the user had just clicked or typed in the page, as the content script saw it. */
  activation: boolean,
  /** The message as the page sent it, unread. */
  frame: unknown,
};

/** A message to a page. */
export type ToPort = {
  /** The port. */
  port: number,
  /** The message. */
  frame: unknown,
};

/** The page's document went away, or the agent let the port go. */
export type Close = {
  /** The port. */
  port: number,
};

/** What the extension sends: an object with one key. */
export type FromExtension = { "close": Close } | { "hello": Hello } | { "message": FromPort } | { "open": Open } | { "own": OwnRequest };

/** What the extension receives: an object with one key. */
export type ToExtension = { "changed": Changed } | { "close": Close } | { "fault": Fault } | { "message": ToPort } | { "own": OwnReply } | { "welcome": Welcome };

/** What the agent asks. */
export type SessionVerb = "end" | "lease" | "lock" | "suspend" | "ticket";

/** Why the server refused. */
export type SessionRefusal = "proof_invalid" | "relying_party_unknown" | "role_required" | "session_ended" | "session_locked" | "session_suspended";

/** The payload of the agent's proof. */
export type SessionClaims = {
  /** The server's base address. */
  aud: string,
  /** Above every number this session has used before. */
  seq: number,
  /** What is asked. */
  verb: SessionVerb,
  /** The relying party's origin (`ticket` only). */
  relyingParty?: string,
};

/** The lease runs on. */
export type LeaseRenewed = {
  /** Where the session stands. */
  state: SessionState,
  /** Seconds until the lease lapses. */
  leaseSeconds: number,
};

/** A child ticket. */
export type TicketIssued = {
  /** The ticket. */
  ticket: string,
  /** Seconds until it stops working at the latest. */
  expiresInSeconds: number,
};

/** The session's new state. */
export type StateChanged = {
  /** Where the session stands. */
  state: SessionState,
};

/** The server refused. */
export type Refused = {
  /** Why. */
  error: SessionRefusal,
};

/** The payload of the server's request. */
export type AuthorizeRequestClaims = {
  /** The server's base address. */
  iss: string,
  /** [`AGENT_AUDIENCE`]. */
  aud: string,
  /** When it was made, in seconds since 1970-01-01 UTC. */
  iat: number,
  /**
   * When its time is up, in seconds since 1970-01-01 UTC; at most [`MAX_REQUEST_SECONDS`]
   * after `iat`.
   */
  exp: number,
  /** Names the transaction of this browser at the server. */
  transaction: string,
  /** The relying party's `client_id` (RFC 6749, section 2.2). */
  client_id: string,
  /** The relying party's name for people; dialogs show it. */
  client_name: string,
  /** Ask for the passcode even where a session is active. */
  reauthenticate: boolean,
  /** Let the user choose a role even where one is chosen. */
  select_role: boolean,
};

/**
 * The payload of the agent's proof. It is good once: for its transaction, which the server
 * ends with it.
 */
export type AuthorizeClaims = {
  /** The server's base address. */
  aud: string,
  /**
   * Above every number that this session used before the proof was made. A page carries the
   * proof, so a later one of [`session_api`](crate::session_api) may arrive first.
   */
  seq: number,
  /** The request's transaction. */
  transaction: string,
  /** The request's relying party. */
  client_id: string,
};

/** One P-256 key (RFC 7517, section 4, and RFC 7518, section 6.2.1). */
export type ServerKey = {
  /** `EC`. */
  kty: string,
  /** `P-256`. */
  crv: string,
  /** The x coordinate, 32 octets as base64url without padding. */
  x: string,
  /** The y coordinate, 32 octets as base64url without padding. */
  y: string,
  /** Names the key. */
  kid: string,
  /** `sig`. */
  use: string,
};

/** The keys that the server signs requests with (RFC 7517, section 5). */
export type ServerKeys = {
  /** The keys, the older ones too for as long as their requests last. */
  keys: Array<ServerKey>,
};
