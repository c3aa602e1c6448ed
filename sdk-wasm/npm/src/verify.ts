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
 * Backends verify the token of `authenticate` with `verifyAuthentication`.
 *
 * @module wardkey/verify
 */

import { decode, encode } from "./base64.js";
import { inflate } from "./inflate.js";
import type { AuthenticateResult } from "./protocol.js";
import type { Report } from "./report.js";
import initialise, * as exports from "./verify_module.js";

export type { PathCertificate, Report } from "./report.js";

/** What a verification relies on. Certificates and lists are DER, or PEM texts of one or many. */
export interface VerifyOptions {
  /** The certification authorities that are trusted. */
  anchors: readonly (Uint8Array | string)[];
  /** Authorities that may stand between the signer and an anchor, in any order. */
  intermediates?: readonly (Uint8Array | string)[];
  /**
   * Revocation lists, in any order: one that is current, or an OCSP answer, for each certificate
   * below the anchor. Without them the verdict is `indeterminate`, never `valid`.
   */
  crls?: readonly (Uint8Array | string)[];
  /** What OCSP responders answered (RFC 6960), DER, in any order; each counts for a day at most. */
  ocspResponses?: readonly Uint8Array[];
  /**
   * Fetches what `crls` and `ocspResponses` leave open: a list by GET, or, where there is an
   * `ocspRequest`, a responder's answer by POST of it as `application/ocsp-request`. A certificate's
   * addresses come one after the other, lists first, until one gives what can be read; to throw is
   * to give nothing. They come from the file, and nobody has vouched for them: ask only hosts that you know.
   */
  fetchRevocation?: (url: string, ocspRequest?: Uint8Array) => Promise<Uint8Array | undefined>;
  /** Certificate policies of which one has to hold, in dotted form; if absent, any does. */
  requiredPolicies?: readonly string[];
  /**
   * Timestamp authorities that are trusted, or authorities above them. Without them timestamps are
   * not looked at, and nothing proves a time.
   */
  timestampAnchors?: readonly (Uint8Array | string)[];
  /** The time of the verification; now if absent. */
  time?: Date;
  /** Admits SHA-1. Only where a policy names the exception. */
  dangerouslyAdmitSha1?: boolean;
  /** Admits RSA keys from 1024 bits. Only where a policy names the exception. */
  dangerouslyAdmitRsa1024?: boolean;
}

/** What a token of `authenticate` is held against. */
export interface AuthenticationOptions extends Omit<VerifyOptions, "timestampAnchors"> {
  /** The app's own origin, as browsers write it: `https://ward.example`, never what a client says. */
  origin: string;
  /** The nonce that the app gave out for this sign-in, and takes back now. */
  nonce: string;
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
  /** When it was made, as you know yourself, not by the signer's word; if absent, it is judged as if it were made now. */
  signedAt?: Date;
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
  const [signed, other] = [octets(file), beside(document)];
  return judge(signed, options, (written) => ofFile(signed, other, written));
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
  const signed = octets(signedPrescription);
  return judge(signed, options, (written) => ofPrescription(signed, written));
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
  const begin = (written: string) =>
    ofDocument(octets(document), octets(signature), algorithm, der, at, written);
  return judge(NOTHING, options, begin, der);
}

/**
 * Verifies the token of `authenticate` (or of a Web eID, `web-eid:1`): that the key of a certificate
 * which is valid for login signed this very origin and nonce. Give each nonce out once, to one
 * browser's session, for a few minutes, and forget it when it comes back, whatever the verdict.
 *
 * ```ts
 * const report = await verifyAuthentication(token, { origin, nonce, anchors, crls });
 * if (report.verdict === "valid") signIn(report.signer.userId);
 * ```
 *
 * @throws `TypeError` when an option cannot be read
 */
export async function verifyAuthentication(
  token: AuthenticateResult | string,
  options: AuthenticationOptions,
): Promise<Report> {
  const { ofToken } = await module();
  const { origin, nonce, ...rest } = options;
  if (typeof origin !== "string") throw new TypeError("origin: not a string");
  if (typeof nonce !== "string") throw new TypeError("nonce: not a string");
  // What a client sent is parsed by others, perhaps: whatever it is, it is judged as JSON.
  const text = typeof token === "string" ? token : (JSON.stringify(token) ?? "");
  const begin = (written: string) => ofToken(text, origin, nonce, written);
  return judge(NOTHING, rest, begin, certificateOf(text));
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
  const [signed, other] = [octets(signature), beside(document)];
  return judge(signed, options, (written) => ofCades(signed, other, written));
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
  const [signed, other] = [octets(signature), beside(document)];
  return judge(signed, options, (written) => ofJades(signed, other, written));
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
  const signed = octets(pdf);
  return judge(signed, options, (written) => ofPades(signed, written));
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
  const [signed, other] = [octets(signature), beside(document)];
  return judge(signed, options, (written) => ofXades(signed, other, written));
}

/** One signature to verify. */
interface Question {
  name: string;
  hash: string;
  namedCurve?: string;
  spki: string;
  message: string;
  signature: string;
  issued: boolean;
}

/** Where a certificate's revocation can be asked after. */
interface Source {
  url: string;
  ocspRequest?: string;
}

/** Judges a signed file, or a bare signature by `signer`'s certificate. */
async function judge(
  signed: Uint8Array,
  options: VerifyOptions,
  begin: (options: string) => exports.Verification,
  signer?: Uint8Array,
): Promise<Report> {
  const given = written(options);
  const { fetchRevocation } = options;
  const found = fetchRevocation && (await fetched(fetchRevocation, signed, given, signer));
  const verification = typed(() => begin(JSON.stringify(found ?? given)));
  const questions = JSON.parse(verification.questions()) as Question[];
  const answers = await Promise.all(questions.map(holds));
  return JSON.parse(verification.conclude(Uint8Array.from(answers, Number))) as Report;
}

/** Whether a signature holds; a key or a signature that WebCrypto cannot read is one that does not. */
async function holds(question: Question) {
  const { name, hash, spki, message, signature, issued } = question;
  // Certificates and lists come with one file after the other, and hold for good.
  const place = issued && message.length <= LONGEST_KNOWN && [name, hash, spki, signature, message].join();
  if (place && known.has(place)) return keep(known, place, true, MOST_KNOWN);
  try {
    const key = await keyOf(question);
    const saltLength = Number(hash.slice("SHA-".length)) / 8;
    const how = name === "RSA-PSS" ? { name, saltLength } : { name, hash };
    const { subtle } = globalThis.crypto;
    const holds = await subtle.verify(how, key, decode(signature), decode(message));
    if (place && holds) keep(known, place, true, MOST_KNOWN);
    return holds;
  } catch {
    return false;
  }
}

/** A public key; those of authorities come with every file, and reading them takes a while. */
function keyOf({ name, hash, namedCurve, spki }: Question): Promise<CryptoKey> {
  const algorithm = namedCurve ? { name, namedCurve } : { name, hash };
  const place = `${name} ${namedCurve ?? hash} ${spki}`;
  const { subtle } = globalThis.crypto;
  const key = keys.get(place) ?? subtle.importKey("spki", decode(spki), algorithm, false, ["verify"]);
  return keep(keys, place, key, MOST_KEYS);
}

/** Keeps a value as the last that was used. The one that was not used for longest goes first. */
function keep<T>(map: Map<string, T>, place: string, value: T, most: number): T {
  map.delete(place);
  map.set(place, value);
  for (const oldest of map.keys()) if (map.size > most) map.delete(oldest);
  return value;
}

/** The certificate that a token names, if there is one to be read. */
function certificateOf(token: string): Uint8Array | undefined {
  try {
    return decode((JSON.parse(token) as AuthenticateResult).unverifiedCertificate);
  } catch {
    return undefined;
  }
}

/** The options with what could be fetched besides. */
async function fetched(
  fetchRevocation: NonNullable<VerifyOptions["fetchRevocation"]>,
  signed: Uint8Array,
  options: Written,
  signer?: Uint8Array,
): Promise<Written> {
  const { isAnswer, isList, sources } = await module();
  const every = typed(() => sources(signed, signer, JSON.stringify(options)));
  const [crls, ocspResponses] = [[...options.crls], [...options.ocspResponses]];
  const first = async (of: Source[]) => {
    for (const { url, ocspRequest } of of) {
      const request = ocspRequest === undefined ? undefined : decode(ocspRequest);
      try {
        const octets = await fetchRevocation(url, request);
        if (!octets || !(request ? isAnswer(octets) : isList(octets))) continue;
        return void (request ? ocspResponses : crls).push(encode(octets));
      } catch {
        // As good as nothing: where nothing is known, the verdict says so.
      }
    }
  };
  await Promise.all((JSON.parse(every) as Source[][]).map(first));
  return { ...options, crls, ocspResponses };
}

/** What the module throws is a text that says which option it cannot read. */
function typed<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw typeof error === "string" ? new TypeError(error) : error;
  }
}

type Written = ReturnType<typeof written>;

function written(options: VerifyOptions) {
  const { anchors, intermediates = [], crls = [], requiredPolicies = [], time } = options;
  const { timestampAnchors = [], ocspResponses = [] } = options;
  const each = (name: string, values: readonly (Uint8Array | string)[]) =>
    ders(values, name).map(encode);
  return {
    anchors: each("anchors", anchors),
    intermediates: each("intermediates", intermediates),
    timestampAnchors: each("timestampAnchors", timestampAnchors),
    crls: each("crls", crls),
    ocspResponses: each("ocspResponses", ocspResponses),
    requiredPolicies,
    time: seconds(time ?? new Date(), "time"),
    legacySha1: options.dangerouslyAdmitSha1 === true,
    legacyRsa1024: options.dangerouslyAdmitRsa1024 === true,
  };
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

/** The document of a signature that does not hold it. */
function beside(document?: Uint8Array | string | null): Uint8Array | undefined {
  return document === undefined || document === null ? undefined : octets(document);
}

/** Of what is too long to be read no more than shows that. */
function octets(value: Uint8Array | string): Uint8Array {
  const all = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return all.length > LONGEST ? all.subarray(0, LONGEST + 1) : all;
}

function module(): Promise<typeof exports> {
  loaded ??= (async () => {
    try {
      const { default: octets } = await import("./verify_octets.js");
      await initialise({ module_or_path: await inflate(octets) });
      return exports;
    } catch (error) {
      loaded = undefined;
      throw error;
    }
  })();
  return loaded;
}

const keys = new Map<string, Promise<CryptoKey>>();
const MOST_KEYS = 64;
/** What authorities signed, and does hold. */
const known = new Map<string, true>();
const MOST_KNOWN = 256;
/** In base64. */
const LONGEST_KNOWN = 32_768;
const NOTHING = new Uint8Array();
/** Octets, as the module has it: longer files and documents it refuses. */
const LONGEST = 192 * 2 ** 20;

let loaded: Promise<typeof exports> | undefined;
