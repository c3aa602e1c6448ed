import { decode, encode } from "./base64.js";
import { localError, type WardkeyError } from "./error.js";
import type { ChunkPiece, SignatureJoined } from "./protocol.js";

/** How far the documents of a call have gone, in bytes. */
export interface TransferProgress {
  /** Sent so far. */
  sent: number;
  /** All of them. */
  total: number;
}

/** A document's octets, read piece by piece. */
export interface Source {
  id: string;
  size: number;
  read(from: number, to: number): Uint8Array | Promise<Uint8Array>;
}

/** The octets of what a page gives: a text's in UTF-8, a blob's when they are needed. */
export function sourceOf(id: string, content: string | Uint8Array | Blob): Source {
  if (content instanceof Blob) {
    const read = async (from: number, to: number) =>
      new Uint8Array(await content.slice(from, to).arrayBuffer());
    return { id, size: content.size, read };
  }
  const octets = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { id, size: octets.length, read: (from, to) => octets.subarray(from, to) };
}

/**
 * What of one call travels in chunks: documents to the agent, the first chunks with the call and the
 * others as it asks for them, and signatures.
 */
export class Transfer {
  readonly #documents: readonly Source[];
  readonly #chunk: number;
  readonly #unasked: number;
  readonly #onSent: ((progress: TransferProgress) => void) | undefined;
  readonly #total: number;
  readonly #signatures = new Map<string, Uint8Array[]>();
  #post: (chunk: ChunkPiece) => void = () => {};
  #fail: (error: WardkeyError) => void = () => {};
  #place = 0;
  #at = 0;
  #number = 0;
  #credit = 0;
  #sent = 0;
  #sending = false;
  #ended = false;

  constructor(
    documents: readonly Source[],
    chunk: number,
    unasked: number,
    onSent: ((progress: TransferProgress) => void) | undefined,
  ) {
    this.#documents = documents;
    this.#chunk = chunk;
    this.#unasked = unasked;
    this.#onSent = onSent;
    this.#total = documents.reduce((sum, { size }) => sum + size, 0);
  }

  /** The call is under way. */
  begin(post: (chunk: ChunkPiece) => void, fail: (error: WardkeyError) => void): void {
    this.#post = post;
    this.#fail = fail;
    void this.send(this.#unasked);
  }

  /** The call has ended; nothing more is read or sent. */
  end(): void {
    this.#ended = true;
  }

  /** Sends chunks as far as there is credit. */
  async send(credit: number): Promise<void> {
    this.#credit = Math.max(this.#credit, credit);
    if (this.#sending) return;
    this.#sending = true;
    while (!this.#ended && this.#number < this.#credit) {
      const document = this.#documents[this.#place];
      if (!document) break;
      const to = Math.min(this.#at + this.#chunk, document.size);
      let octets: Uint8Array;
      try {
        octets = await document.read(this.#at, to);
      } catch (cause) {
        // A file that was changed or taken away since it was chosen.
        const details = { document: document.id, reason: "content: can't be read" };
        this.#fail(localError("argument_invalid", details, cause));
        break;
      }
      if (this.#ended) break;
      this.#post({ document: document.id, number: this.#number, octets: encode(octets) });
      this.#number += 1;
      this.#sent += octets.length;
      this.#at = to;
      if (to === document.size) {
        this.#place += 1;
        this.#at = 0;
      }
      this.#onSent?.({ sent: this.#sent, total: this.#total });
    }
    this.#sending = false;
  }

  /** A piece of a document's signature. */
  received(document: string, octets: string): void {
    const pieces = this.#signatures.get(document) ?? [];
    pieces.push(decode(octets));
    this.#signatures.set(document, pieces);
  }

  /** A document's signature that came in chunks; `undefined` where it has not that size. */
  signature(document: string, size: number): Uint8Array<ArrayBuffer> | undefined {
    const pieces = this.#signatures.get(document) ?? [];
    this.#signatures.delete(document);
    const whole = new Writer(size);
    return pieces.every((piece) => whole.add(piece)) ? whole.done() : undefined;
  }
}

/** Puts a signature and its document together. */
export async function joined(
  signature: Uint8Array,
  { how, at }: SignatureJoined,
  document: Source,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { size } = document;
  const within = how === "within";
  if (at > (within ? size : signature.length)) return undefined;
  const base64 = how === "around_base64" || how === "around_base64url";
  const padded = Math.ceil(size / 3) * 4;
  const length = how === "around_base64url" ? Math.ceil((size * 4) / 3) : base64 ? padded : size;
  const whole = new Writer(signature.length + length);
  const put = async (from: number, to: number) => {
    for (; from < to; from += PIECE) {
      const octets = await document.read(from, Math.min(from + PIECE, to));
      if (!base64) whole.add(octets);
      else whole.add(new TextEncoder().encode(how === "around_base64" ? encode(octets) : url(octets)));
    }
  };
  if (within) {
    await put(0, at);
    whole.add(signature);
    await put(at, size);
  } else {
    whole.add(signature.subarray(0, at));
    await put(0, size);
    whole.add(signature.subarray(at));
  }
  return whole.done();
}

/** Fills octets of a size that is known. */
class Writer {
  readonly #octets: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(size: number) {
    this.#octets = new Uint8Array(size);
  }

  add(piece: Uint8Array): boolean {
    if (this.#at + piece.length > this.#octets.length) return false;
    this.#octets.set(piece, this.#at);
    this.#at += piece.length;
    return true;
  }

  done(): Uint8Array<ArrayBuffer> | undefined {
    return this.#at === this.#octets.length ? this.#octets : undefined;
  }
}

function url(octets: Uint8Array): string {
  return encode(octets).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A multiple of 3, so that pieces of base64 follow each other. */
const PIECE = 3 * 0x10000;
