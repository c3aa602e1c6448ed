/**
 * Verifies content-commitment signatures, in a page or in Node, with WebCrypto.
 *
 * ```ts
 * import { verify } from "wardkey/verify";
 *
 * const report = await verify(signedFile, { anchors: [rootPem], crls: [listDer] });
 * if (report.verdict !== "valid") refuse(report.reason);
 * ```
 *
 * @module
 */

import { decode, encode } from "./base64.js";
import { load } from "./load.js";
import initialise, * as exports from "./verify_module.js";

/** What a verification relies on. Certificates and lists are DER, or PEM texts of one or many. */
export interface VerifyOptions {
  /** The certification authorities that are trusted. */
  anchors: readonly (Uint8Array | string)[];
  /** Authorities that may stand between the signer and an anchor, in any order. */
  intermediates?: readonly (Uint8Array | string)[];
  /**
   * Revocation lists, in any order: one that is current for each certificate below the anchor.
   * Without them the verdict is `indeterminate`, never `valid`.
   */
  crls?: readonly (Uint8Array | string)[];
  /** Certificate policies of which one has to hold, in dotted form; if absent, any does. */
  requiredPolicies?: readonly string[];
  /**
   * Timestamp authorities that are trusted, or authorities above them. Without them timestamps are
   * not looked at, and nothing proves a time.
   */
  timestampAnchors?: readonly (Uint8Array | string)[];
  /** The time of the verification; now if absent. */
  time?: Date;
  /** Admits SHA-1 and RSA keys from 1024 bits. Only where a policy names the exception. */
  dangerouslyAdmitSha1?: boolean;
}

/** A bare signature, with everything that a verifier has to be told beside it. */
export interface RawSignature {
  /** What was signed; a string is taken as UTF-8. */
  document: Uint8Array | string;
  /** As `sign` gives it: RSA as it is, ECDSA as `r || s`. */
  signature: Uint8Array;
  /** As `sign` gives it, such as `RS256`. */
  algorithm: string;
  /** The signer's certificate, DER or PEM. */
  certificate: Uint8Array | string;
  /** When it was made, as far as you know; if absent, it is judged as if it were made now. */
  signedAt?: Date;
}

/** What a verification found. */
export interface Report {
  /** Whether the signature holds. `indeterminate` is never to be taken for `valid`. */
  verdict: "valid" | "invalid" | "indeterminate";
  /** Why it does not, or why that is unknown; `null` when it holds. */
  reason: string | null;
  /**
   * `cades`, `eps`, `jades`, `jws`, `pades`, `raw`, `xades` or `xmldsig`; `null` when it is none
   * that is known here.
   */
  format: string | null;
  /** Every check that was made, in order. */
  checks: { name: string; passed: boolean; detail: string | null }[];
  /** The signer, as the certificate names them; nobody vouches for it unless `valid`. */
  signer: { commonName: string; userId: string | null; serial: string } | null;
  /** When the signer says that it was signed, RFC 3339 in UTC. */
  claimedTime: string | null;
  /** The time before which it was signed, RFC 3339 in UTC, by the word of a trusted timestamp authority. */
  provenTime: string | null;
  /** What the signer commits to, as `proofOfApproval`; `null` when the signature does not say. */
  commitment: string | null;
  /** The certificates from the signer's to the anchor; the signer's alone where no path was found. */
  path: PathCertificate[];
  /** The same of the timestamp's authority; empty without a timestamp that was looked at. */
  timestampPath: PathCertificate[];
  /** The age of the oldest revocation list that was relied upon for `path`, in seconds. */
  crlAgeSeconds: number | null;
  /** The digest of what was signed, in base64, recomputed from the document. */
  digest: string | null;
  /**
   * What the signature covers: `document` for all of it, otherwise the parts by name. For a PDF to
   * which something was added later it is `signedRevision`.
   */
  covered: string[];
  /**
   * For a PDF with several signatures the reports on those before the last, the first one first. The
   * verdict is `valid` only if theirs are.
   */
  earlier: Report[];
}

/** One certificate of a path. */
export interface PathCertificate {
  /** The subject's name (RFC 4514). */
  subject: string;
  /** The issuer's name (RFC 4514). */
  issuer: string;
  /** The serial number in hexadecimal. */
  serial: string;
  /** The SHA-256 of the certificate in hexadecimal. */
  sha256: string;
  /** The first second of its validity, RFC 3339 in UTC. */
  notBefore: string;
  /** The last second of its validity, RFC 3339 in UTC. */
  notAfter: string;
  /** What decided whether it is revoked; `null` when nothing was asked or is known. */
  revocation: {
    source: "list" | "ocsp";
    revoked: boolean;
    thisUpdate: string;
    nextUpdate: string;
    ageSeconds: number;
  } | null;
}

/**
 * Verifies a signed file, whose format is told by its octets: CAdES, JAdES, a plain JWS, XAdES, a
 * plain XML signature, PAdES (a PDF), or a signed prescription. `document` is that of a signature which does not hold it. What is
 * wrong with the file is in the report, an unknown format too.
 *
 * @throws `TypeError` when an option cannot be read
 */
export async function verify(
  file: Uint8Array | string,
  options: VerifyOptions,
  document?: Uint8Array | string,
): Promise<Report> {
  const { ofFile } = await module();
  const detached = document === undefined ? undefined : octets(document);
  return conclude(() => ofFile(octets(file), detached, written(options)));
}

/**
 * Verifies the advanced electronic signature of a prescription, or of a message that holds exactly
 * one. What is wrong with the prescription is in the report.
 *
 * @throws `TypeError` when an option cannot be read
 */
export async function verifyEps(
  signedPrescription: Uint8Array | string,
  options: VerifyOptions,
): Promise<Report> {
  const { ofPrescription } = await module();
  return conclude(() => ofPrescription(octets(signedPrescription), written(options)));
}

/**
 * Verifies a bare signature over a document.
 *
 * @throws `TypeError` when an option or the algorithm cannot be read
 */
export async function verifyRaw(signed: RawSignature, options: VerifyOptions): Promise<Report> {
  const { ofDocument } = await module();
  const { document, signature, algorithm, certificate, signedAt } = signed;
  const [der] = ders([certificate], "certificate");
  if (!der) throw new TypeError("certificate: no PEM block");
  const at = signedAt && seconds(signedAt, "signedAt");
  return conclude(() =>
    ofDocument(octets(document), signature, algorithm, der, at, written(options)),
  );
}

/**
 * Verifies a CAdES signature (B-B or B-T, DER): one that holds its document, or, with `document`,
 * one that does not.
 *
 * @throws `TypeError` when an option cannot be read
 */
export async function verifyCades(
  signature: Uint8Array,
  options: VerifyOptions,
  document?: Uint8Array | string,
): Promise<Report> {
  const { ofCades } = await module();
  const detached = document === undefined ? undefined : octets(document);
  return conclude(() => ofCades(signature, detached, written(options)));
}

/**
 * Verifies a JAdES signature (B-B or B-T), or a plain JWS with a certificate in its header, compact or
 * JSON: one that holds its document, or, with `document`, one that does not.
 *
 * @throws `TypeError` when an option cannot be read
 */
export async function verifyJades(
  signature: Uint8Array | string,
  options: VerifyOptions,
  document?: Uint8Array | string,
): Promise<Report> {
  const { ofJades } = await module();
  const detached = document === undefined ? undefined : octets(document);
  return conclude(() => ofJades(octets(signature), detached, written(options)));
}

/**
 * Verifies the signatures in a PDF (PAdES B-B or B-T). The report is that of the last one, and
 * counts the `earlier` ones. Whatever was changed after a signature, but for what signing adds,
 * makes it `invalid`.
 *
 * @throws `TypeError` when an option cannot be read
 */
export async function verifyPades(pdf: Uint8Array, options: VerifyOptions): Promise<Report> {
  const { ofPades } = await module();
  return conclude(() => ofPades(pdf, written(options)));
}

/**
 * Verifies a XAdES signature (B-B or B-T) or a plain XML signature: one in its document, one around
 * it, or, with `document`, one beside it. What covers a part of its document only is `invalid`.
 *
 * @throws `TypeError` when an option cannot be read
 */
export async function verifyXades(
  signature: Uint8Array | string,
  options: VerifyOptions,
  document?: Uint8Array | string,
): Promise<Report> {
  const { ofXades } = await module();
  const detached = document === undefined ? undefined : octets(document);
  return conclude(() => ofXades(octets(signature), detached, written(options)));
}

/** One signature to verify. */
interface Question {
  name: string;
  hash: string;
  namedCurve?: string;
  spki: string;
  message: string;
  signature: string;
}

async function conclude(begin: () => exports.Verification): Promise<Report> {
  let verification: exports.Verification;
  try {
    verification = begin();
  } catch (error) {
    throw typeof error === "string" ? new TypeError(error) : error;
  }
  const questions = JSON.parse(verification.questions()) as Question[];
  const answers = await Promise.all(questions.map(holds));
  return JSON.parse(verification.conclude(Uint8Array.from(answers, Number))) as Report;
}

/** Whether a signature holds; a key or a signature that WebCrypto cannot read is one that does not. */
async function holds({ name, hash, namedCurve, spki, message, signature }: Question) {
  const algorithm = namedCurve ? { name, namedCurve } : { name, hash };
  try {
    const { subtle } = globalThis.crypto;
    const key = await subtle.importKey("spki", decode(spki), algorithm, false, ["verify"]);
    const saltLength = Number(hash.slice("SHA-".length)) / 8;
    const how = name === "RSA-PSS" ? { name, saltLength } : { name, hash };
    return await subtle.verify(how, key, decode(signature), decode(message));
  } catch {
    return false;
  }
}

function written(options: VerifyOptions): string {
  const { anchors, intermediates = [], crls = [], requiredPolicies = [], time } = options;
  const { timestampAnchors = [] } = options;
  const each = (name: string, values: readonly (Uint8Array | string)[]) =>
    ders(values, name).map(encode);
  return JSON.stringify({
    anchors: each("anchors", anchors),
    intermediates: each("intermediates", intermediates),
    timestampAnchors: each("timestampAnchors", timestampAnchors),
    crls: each("crls", crls),
    requiredPolicies,
    time: seconds(time ?? new Date(), "time"),
    legacySha1: options.dangerouslyAdmitSha1 === true,
  });
}

function seconds(date: Date, name: string): number {
  const seconds = Math.floor(date.getTime() / 1000);
  if (!(seconds >= 0 && seconds <= 0xffff_ffff)) throw new TypeError(`${name}: not a date`);
  return seconds;
}

/** DER as it is; of a PEM text every block (RFC 7468). */
function ders(values: readonly (Uint8Array | string)[], name: string): Uint8Array[] {
  return values.flatMap((value, index) => {
    if (typeof value !== "string") return [value];
    const blocks = [...value.matchAll(/-----BEGIN [^-]+-----([^-]+)-----END [^-]+-----/g)];
    if (blocks.length === 0) throw new TypeError(`${name}[${index}]: no PEM block`);
    return blocks.map(([, text = ""]) => decode(text.replace(/\s/g, "")));
  });
}

function octets(value: Uint8Array | string): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}

function module(): Promise<typeof exports> {
  loaded ??= (async () => {
    try {
      const file = new URL("./verify.wasm", import.meta.url);
      await initialise({ module_or_path: await load(file) });
      return exports;
    } catch (error) {
      loaded = undefined;
      throw error;
    }
  })();
  return loaded;
}

let loaded: Promise<typeof exports> | undefined;
