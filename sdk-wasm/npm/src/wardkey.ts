import { decode, encode } from "./base64.js";
import type { Calling, Connection } from "./connection.js";
import { chunkSize, chunksUnasked, maxInline, trouble } from "./core_module.js";
import { localError, WardkeyError, type Trouble } from "./error.js";
import type { EventMap, Events, Happening } from "./events.js";
import type {
  AuthenticateResult,
  AuthorizeResult,
  CardsResult,
  CommandName,
  Commitment,
  EventName,
  Fault,
  JwsSerialization,
  SelectRoleResult,
  SignAlgorithm,
  SignDocument,
  SignDocumentResult,
  SignFormat,
  SignInArgs,
  SignInResult,
  SignProgress,
  SignResult,
  SignaturePackaging,
  SigningCertificateResult,
  StatusResult,
  TicketResult,
  UserResult,
  UserView,
} from "./protocol.js";
import { Stream } from "./stream.js";
import { joined, sourceOf, Transfer, type Source, type TransferProgress } from "./transfer.js";

/** What every call takes. */
export interface CallOptions {
  /** Gives the call up; an open dialog is closed, and the call ends with `cancelled`. */
  signal?: AbortSignal;
}

/** One document to sign. */
export interface DocumentToSign {
  /** The page's name for it, unique within the call. */
  id: string;
  /** A name for people. */
  name: string;
  /** The media type, such as `application/xml`. */
  mediaType: string;
  /**
   * What is shown and signed; a string is taken as UTF-8. A blob is read piece by piece, when it is
   * sent. At most 128 MiB for `cades`, and `xades` and `xmldsig` `detached`; 16 MiB for the others.
   */
  content?: string | Uint8Array | Blob;
  /**
   * For `cades` and `xades`, `detached`: the document's digest in place of its content, by the hash
   * of the algorithm that signs (SHA-256 for `RS256` and `ES256`). The user sees the digest alone,
   * which needs the permission `sign_content_not_shown`.
   */
  digest?: Uint8Array;
}

/** What to sign. */
export interface SignRequest {
  /** The format of the signatures. */
  format: SignFormat;
  /** One to 250 documents. */
  documents: readonly DocumentToSign[];
  /**
   * Where the signatures stand: for `cades`, `jades` and `jws` `enveloping`, if absent, or `detached`;
   * for `xades` and `xmldsig` `enveloped`, if absent, or one of the others.
   */
  packaging?: SignaturePackaging;
  /**
   * How the key signs: one of those that `signingCertificate` lists, the first of them if absent.
   * `eps` and `eps_digest` are always `RS256`.
   */
  algorithm?: SignAlgorithm;
  /**
   * For `jades` and `jws`: how the signatures are written; `compact` if absent, or `json` where there is
   * a timestamp.
   */
  serialization?: JwsSerialization;
  /**
   * For `cades`, `jades`, `pades` and `xades`: each signature gets a timestamp of the authority
   * that the computer's policy names, and so is of level B-T.
   */
  timestamp?: boolean;
  /** What the signer commits to. */
  commitment?: Commitment;
  /** Why, in the page's words; shown as the page's claim. */
  reason?: string;
  /**
   * The idempotency key, 16 to 64 characters; made if absent. After `outcome_unknown` the same
   * request with the same key returns what was made: keep one of your own for that.
   */
  key?: string;
}

/** What `sign` takes beside the request. */
export interface SignOptions extends CallOptions {
  /** Told after each document. */
  onProgress?: (progress: SignProgress) => void;
  /** Told while documents that are too large for one message go to the agent. */
  onTransfer?: (progress: TransferProgress) => void;
}

/** A `sign` under way: awaited, its result. */
export interface Signing extends Promise<SignedDocuments> {
  /**
   * Its progress, from the first document on: `for await (const { done, total } of
   * signing.progress()) …`. Ends when the call does, whichever way; which one, awaiting it tells.
   */
  progress(): AsyncIterableIterator<SignProgress>;
}

/** The result of `sign`. */
export interface SignedDocuments {
  /** The certificate of the key that signed, DER. */
  certificate: Uint8Array<ArrayBuffer>;
  /** One result a document, in the order of the request. */
  results: SignedDocument[];
}

/** The result of one document: a signature with its algorithm, or an error. */
export interface SignedDocument {
  /** The document's id. */
  id: string;
  /** For `cades` DER; for `eps` and `eps_digest` the `Signature` element, UTF-8; for `jades` and `jws` a JWS; for `pades` the whole signed PDF; for `raw` the bare signature; for `xades` and `xmldsig` XML, where `enveloped` the document with the signature in it. */
  signature?: Uint8Array<ArrayBuffer>;
  /** Such as `RS256`. */
  algorithm?: string;
  /** Why there is no signature. */
  error?: WardkeyError;
}

/** The content-commitment certificate of the card. */
export interface SigningCertificate {
  /** The certificate, DER. */
  certificate: Uint8Array<ArrayBuffer>;
  /** What its key makes, such as `RS256` and `PS256`; the one that `sign` chooses first. */
  algorithms: string[];
}

/**
 * Wardkey on this computer, for this page. Every method may throw {@link WardkeyError}; those that
 * open a dialog need the user's click just before, or throw `gesture_required`.
 */
export class Wardkey {
  readonly #connection: Connection;
  readonly #events: Events;

  /** @internal Use `connect`. */
  constructor(connection: Connection, events: Events) {
    this.#connection = connection;
    this.#events = events;
  }

  /** Versions and, for an origin with a grant, card and session. Opens nothing, reads no card. */
  status(options?: CallOptions): Promise<StatusResult> {
    return this.#call("status", {}, options);
  }

  /** The readers, and the cards in them. */
  cards(options?: CallOptions): Promise<CardsResult> {
    return this.#call("cards", {}, options);
  }

  /** Signs in: by card and passcode, or silently where a session is active. Needs a gesture. */
  signIn(options: SignInArgs & CallOptions = {}): Promise<SignInResult> {
    const { signal, ...args } = options;
    return this.#call("sign_in", args, { signal });
  }

  /** Has the user choose another role in the agent's dialog. Needs a gesture. */
  selectRole(options: { role?: string } & CallOptions = {}): Promise<SelectRoleResult> {
    const { signal, ...args } = options;
    return this.#call("select_role", args, { signal });
  }

  /** Who is signed in, in which role. */
  async user(options?: CallOptions): Promise<UserView> {
    return (await this.#call<UserResult>("user", {}, options)).user;
  }

  /** This origin's ticket of the session: a bearer secret. Never prompts. */
  ticket(options?: CallOptions): Promise<TicketResult> {
    return this.#call("ticket", {}, options);
  }

  /** Ends the session at the server, for every page. */
  async signOut(options?: CallOptions): Promise<void> {
    await this.#call("sign_out", {}, options);
  }

  /**
   * A `web-eid:1.0` token over this origin and the server's nonce (44 to 128 characters), to hand
   * to the server as JSON. Needs a gesture.
   */
  authenticate(request: { nonce: string }, options?: CallOptions): Promise<AuthenticateResult> {
    return this.#call("authenticate", { nonce: request.nonce }, options);
  }

  /**
   * For the Identity Server's own sign-in page: a single-use proof that answers a request which the
   * server signed, to be posted back to it. Silent while a session is active; where the user has to
   * be asked it throws `gesture_required` unless they have just clicked: show a button, and call
   * again from it.
   */
  authorize(request: string, options?: CallOptions): Promise<AuthorizeResult> {
    return this.#call("authorize", { request }, options);
  }

  /** The certificate that `sign` will use. Needs a gesture. */
  async signingCertificate(options?: CallOptions): Promise<SigningCertificate> {
    const result = await this.#call<SigningCertificateResult>("signing_certificate", {}, options);
    return { ...result, certificate: decode(result.certificate) };
  }

  /**
   * Lets documents of these origins call from this page's frames: at most 20, each of which has to
   * be admitted itself; those of before do not count any more, and an empty list lets nobody. It
   * holds in this document alone, over broken roads too, and ends with it. `origin_not_admitted`
   * in a frame, and in a page that may do nothing itself.
   */
  async delegate(origins: readonly string[], options?: CallOptions): Promise<void> {
    await this.#connection.delegate(origins, options);
  }

  /** Signs documents with one consent. Needs a gesture. */
  sign(request: SignRequest, options: SignOptions = {}): Signing {
    const steps: SignProgress[] = [];
    const streams = new Set<Stream<SignProgress>>();
    let ended = false;
    const onProgress = (step: SignProgress) => {
      steps.push(step);
      for (const stream of streams) stream.push(step);
      options.onProgress?.(step);
    };
    const signing = this.#sign(request, { ...options, onProgress }).finally(() => {
      ended = true;
      for (const stream of streams) stream.end();
    });
    const progress = () => {
      const stream = new Stream<SignProgress>(() => streams.delete(stream));
      for (const step of steps) stream.push(step);
      streams.add(stream);
      if (ended) stream.end();
      return stream;
    };
    return Object.assign(signing, { progress });
  }

  /**
   * Calls the handler at each event of a kind; what it returns ends that, as the signal does. Events
   * over a broken road are made up: a session out of the page's reach is told as `session_changed`,
   * `suspended`.
   */
  on<Event extends EventName>(
    event: Event,
    handler: (data: EventMap[Event]) => void,
    { signal }: CallOptions = {},
  ): () => void {
    const remove = this.#events.add((happening) => {
      if (happening.event === event) handler(happening.data as EventMap[Event]);
    }, signal);
    void this.#connection.subscribe();
    return remove;
  }

  /** Every event from now on: `for await (const { event, data } of wardkey.events()) …`. */
  events(options: CallOptions = {}): AsyncIterableIterator<Happening> {
    const stream = this.#events.stream(options.signal);
    void this.#connection.subscribe();
    return stream;
  }

  /**
   * Lets go of Wardkey: calls under way end with `cancelled`, a `sign` with `outcome_unknown`;
   * iterators end.
   */
  close(): void {
    this.#events.end();
    this.#connection.close();
  }

  async #sign(request: SignRequest, options: SignOptions): Promise<SignedDocuments> {
    const { documents, key = crypto.randomUUID(), ...rest } = request;
    const { onProgress, onTransfer, ...calling } = options;
    const sources = new Map<string, Source>();
    const following: Source[] = [];
    const described: SignDocument[] = [];
    let room = maxInline();
    for (const { id, name, mediaType, content, digest } of documents) {
      const document: SignDocument = { id, name, mediaType };
      if (digest !== undefined) document.digest = encode(digest);
      if (content !== undefined) {
        const source = sourceOf(id, content);
        sources.set(id, source);
        if (source.size <= room) {
          room -= source.size;
          document.content = encode(await whole(source));
        } else {
          document.size = source.size;
          following.push(source);
        }
      }
      described.push(document);
    }
    const transfer = new Transfer(following, chunkSize(), chunksUnasked(), onTransfer);
    const signed = await this.#call<SignResult>(
      "sign",
      { ...rest, key, documents: described },
      { ...calling, transfer, onProgress: onProgress as Calling["onProgress"] },
    );
    const results: SignedDocument[] = [];
    for (const result of signed.results) {
      results.push(await resultOf(result, transfer, sources.get(result.id)));
    }
    return { certificate: decode(signed.certificate), results };
  }

  async #call<Result>(
    command: CommandName,
    args: object,
    calling: Calling = {},
  ): Promise<Result> {
    return (await this.#connection.call(command, args, calling)) as Result;
  }
}

function errorOf(fault: Fault): WardkeyError {
  return new WardkeyError(trouble(fault) as Trouble);
}

async function resultOf(
  { id, signature, size, join, algorithm, error }: SignDocumentResult,
  transfer: Transfer,
  document: Source | undefined,
): Promise<SignedDocument> {
  if (error !== undefined) return { id, error: errorOf(error) };
  let octets: Uint8Array<ArrayBuffer> | undefined;
  if (signature !== undefined) octets = decode(signature);
  else if (size !== undefined) octets = transfer.signature(id, size);
  if (octets && join) octets = document && (await joined(octets, join, document));
  if (!octets) return { id, error: localError("internal", { reason: "the signature is not whole" }) };
  return { id, signature: octets, ...(algorithm !== undefined && { algorithm }) };
}

function whole(source: Source): Uint8Array | Promise<Uint8Array> {
  return source.read(0, source.size);
}
