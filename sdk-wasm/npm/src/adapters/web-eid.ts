/**
 * Falls back to an installed Web eID where Wardkey is not there: for sign-in by `authenticate`, and
 * for bare signatures.
 *
 * ```ts
 * import { connect } from "wardkey";
 * import { connectWebEid } from "wardkey/adapters/web-eid";
 *
 * const cards = await connect().catch(() => connectWebEid());
 * const token = await cards.authenticate({ nonce }); // both make web-eid:1.0
 * ```
 *
 * Web eID has no sessions, tickets, events, batches or readers. It shows no document: each one is a
 * dialog of its own over a hash.
 *
 * @module wardkey/adapters/web-eid
 */

import { decode, encode } from "../base64.js";
import { localError, WardkeyError } from "../error.js";
import type { AuthenticateResult } from "../protocol.js";
import { sourceOf } from "../transfer.js";
import type { CallOptions, SignedDocuments, SigningCertificate, SignRequest } from "../wardkey.js";
import { ask, type Road } from "./web-eid/road.js";
import { words } from "./web-eid/errors.js";

/** What is installed, as semantic versions. */
export interface WebEidStatus {
  extension: string;
  nativeApp: string;
}

/** How to look for it. */
export interface WebEidOptions extends CallOptions {
  /** The language of its dialogs (ISO 639-1). */
  lang?: string;
  /** Milliseconds that a user has for each dialog; two minutes if absent. */
  userInteractionTimeout?: number;
}

/**
 * Finds Web eID, and starts its app once.
 *
 * @throws `WardkeyError` `context_insecure`, `extension_missing`, `host_missing`,
 * `version_mismatch`, `cancelled`
 */
export async function connectWebEid(options: WebEidOptions = {}): Promise<WebEid> {
  const { signal, ...rest } = options;
  if (typeof window === "undefined") {
    throw localError("extension_missing", { reason: "not in a browser's page" });
  }
  if (!window.isSecureContext) throw localError("context_insecure");
  const webEid = new WebEid(rest);
  await webEid.status(signal ? { signal } : {});
  return webEid;
}

/** Web eID on this computer, for this page. */
export class WebEid {
  readonly #road: Road;

  /** @internal Use {@link connectWebEid}. */
  constructor({ lang, userInteractionTimeout = PATIENCE }: Omit<WebEidOptions, "signal">) {
    this.#road = { patience: userInteractionTimeout, ...(lang !== undefined && { lang }) };
  }

  /** The versions; starts the app for a moment. */
  async status(options?: CallOptions): Promise<WebEidStatus> {
    const { extension, nativeApp } = await ask(this.#road, "status", {}, options?.signal);
    return { extension: String(extension), nativeApp: String(nativeApp) };
  }

  /** A `web-eid:1.0` token over this origin and the server's nonce. */
  async authenticate(
    { nonce }: { nonce: string },
    options?: CallOptions,
  ): Promise<AuthenticateResult> {
    const fields = { challengeNonce: nonce };
    const token = await ask(this.#road, "authenticate", fields, options?.signal);
    const { unverifiedCertificate, algorithm, signature, format, appVersion } = token;
    return { unverifiedCertificate, algorithm, signature, format, appVersion } as AuthenticateResult;
  }

  /** The certificate that signs, and how its key does; the user agrees to it. */
  async signingCertificate(options?: CallOptions): Promise<SigningCertificate> {
    const { certificate, supportedSignatureAlgorithms } = await ask(
      this.#road,
      "get-signing-certificate",
      {},
      options?.signal,
    );
    const algorithms = Array.isArray(supportedSignatureAlgorithms)
      ? supportedSignatureAlgorithms.flatMap((algorithm) => nameOf(algorithm) ?? [])
      : [];
    return { certificate: decode(String(certificate)), algorithms };
  }

  /**
   * Signs documents bare (`raw`), each with a dialog of its own, after one for the certificate. What
   * was signed before one failed or was refused is in the result.
   *
   * @throws `WardkeyError` `format_unsupported` for any other format
   */
  async sign(request: SignRequest, options?: CallOptions): Promise<SignedDocuments> {
    if (request.format !== "raw") throw words("format_unsupported", { formats: ["raw"] });
    const { certificate, algorithms } = await this.signingCertificate(options);
    const algorithm = request.algorithm ?? algorithms[0] ?? "";
    if (!algorithms.includes(algorithm)) throw words("algorithm_unsupported", { algorithms });
    const hash = `SHA-${algorithm.slice(2)}`;
    const results: SignedDocuments["results"] = [];
    for (const { id, content } of request.documents) {
      try {
        if (content === undefined) throw localError("argument_invalid", { reason: "content" });
        const source = sourceOf(id, content);
        const octets = new Uint8Array(await source.read(0, source.size));
        const digest = new Uint8Array(await crypto.subtle.digest(hash, octets));
        const fields = { certificate: encode(certificate), hash: encode(digest), hashFunction: hash };
        const signed = await ask(this.#road, "sign", fields, options?.signal);
        const made = nameOf(signed["signatureAlgorithm"]);
        if (made !== algorithm) throw words("algorithm_unsupported", { algorithms: [made] });
        results.push({ id, signature: decode(String(signed["signature"])), algorithm });
      } catch (error) {
        if (!(error instanceof WardkeyError)) throw error;
        results.push({ id, error });
      }
    }
    return { certificate, results };
  }
}

/** The JOSE name of one of their algorithms. */
function nameOf(algorithm: unknown): string | undefined {
  const { cryptoAlgorithm, hashFunction, paddingScheme } = (algorithm ?? {}) as Record<string, unknown>;
  const bits = /^SHA-(256|384|512)$/.exec(String(hashFunction))?.[1];
  if (!bits) return undefined;
  if (cryptoAlgorithm === "ECC") return `ES${bits}`;
  if (cryptoAlgorithm !== "RSA") return undefined;
  return paddingScheme === "PSS" ? `PS${bits}` : `RS${bits}`;
}

/** Milliseconds. */
const PATIENCE = 120_000;
