/** What a verification found. */
export interface Report {
  /** Whether the signature holds. `indeterminate` is never to be taken for `valid`. */
  verdict: "valid" | "invalid" | "indeterminate";
  /** Why it does not, or why that is unknown; `null` when it holds. */
  reason: string | null;
  /**
   * `cades`, `eps`, `jades`, `jws`, `pades`, `raw`, `web-eid`, `xades` or `xmldsig`; `null` when it
   * is none that is known here.
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
   * What the signature covers: `document` for all of it, otherwise the parts by name: of a token
   * `origin` and `nonce`. For a PDF to which something was added later it is `signedRevision`.
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
