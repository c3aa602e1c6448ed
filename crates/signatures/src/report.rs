//! What a verification found, in one form for every signature format.

use serde::Serialize;
use wardkey_pki::{PathError, PathReport, RevocationSource};

/// The outcome of a verification. Serialised in camelCase, as the browser sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether the signature holds.
    pub verdict: Verdict,
    /// Why it does not, or why that is unknown. `None`: it holds.
    pub reason: Option<String>,
    /// The signature's format: `cades`, `eps`, `jades`, `jws`, `pades`, `raw`, `xades` or
    /// `xmldsig`. `None`:
    /// none that is known here.
    pub format: Option<&'static str>,
    /// Every check that was made, in order; those after one that made them impossible are missing.
    pub checks: Vec<Check>,
    /// The signer, as the certificate names it. `None`: there is no certificate that can be read.
    /// Without the verdict `valid` nobody vouches for the name.
    pub signer: Option<Signer>,
    /// When the signer says that it was signed, RFC 3339 in UTC. Nothing but the signer's word
    /// stands behind it.
    pub claimed_time: Option<String>,
    /// The time before which the signature was there, RFC 3339 in UTC, by the word of a timestamp
    /// authority that is trusted (RFC 3161). `None`: nothing proves a time.
    pub proven_time: Option<String>,
    /// What the signer commits to, as `proofOfApproval`. `None`: the signature does not say.
    pub commitment: Option<String>,
    /// The certificates from the signer's to the anchor; the signer's alone where no path was found,
    /// none where a check failed before one was looked for.
    pub path: Vec<PathCertificate>,
    /// The same of the timestamp's authority; empty without a timestamp that was looked at.
    pub timestamp_path: Vec<PathCertificate>,
    /// The age of the oldest revocation list that was relied upon for the signer's path, in seconds.
    /// `None`: none was.
    pub crl_age_seconds: Option<u64>,
    /// The digest of what was signed, in base64, recomputed from the document. `None`: it could
    /// not be computed.
    pub digest: Option<String>,
    /// What the signature covers, by name: `document` for all of it, otherwise the parts. Empty
    /// when that could not be found out.
    pub covered: Vec<String>,
    /// For a PDF with several signatures the reports on those before the last, the first one first.
    /// The verdict is `valid` only if theirs are.
    pub earlier: Vec<Report>,
}

/// Whether a signature holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Verdict {
    /// Something that has to be known is not, revocation above all. Never to be taken for valid.
    Indeterminate,
    /// It does not hold.
    Invalid,
    /// It holds, and everything that had to be checked was.
    Valid,
}

/// One check of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// A stable name in camelCase.
    pub name: String,
    /// Whether it was passed.
    pub passed: bool,
    /// What was found, for people. `None`: there is nothing to say beyond the name.
    pub detail: Option<String>,
}

/// One certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathCertificate {
    /// The subject's name (RFC 4514).
    pub subject: String,
    /// The issuer's name (RFC 4514).
    pub issuer: String,
    /// The serial number in lower-case hexadecimal.
    pub serial: String,
    /// The SHA-256 of the certificate in lower-case hexadecimal.
    pub sha256: String,
    /// The first second of its validity, RFC 3339 in UTC.
    pub not_before: String,
    /// The last second of its validity, RFC 3339 in UTC.
    pub not_after: String,
    /// What decided whether it is revoked. `None`: nothing was asked, as of an anchor, or nothing is
    /// known.
    pub revocation: Option<RevocationEvidence>,
}

/// What decided about a certificate's revocation, and how old it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevocationEvidence {
    /// `list` (RFC 5280) or `ocsp` (RFC 6960).
    pub source: &'static str,
    /// Whether it says that the certificate was revoked when it was used.
    pub revoked: bool,
    /// When it was made, RFC 3339 in UTC.
    pub this_update: String,
    /// Until when it counts, RFC 3339 in UTC.
    pub next_update: String,
    /// Its age at the time of the verification, in seconds.
    pub age_seconds: u64,
}

/// Who signed, as the certificate names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signer {
    /// The subject's commonName; empty when it has none.
    pub common_name: String,
    /// The commonName up to its first `_`, when that is a Spine user id (digits only).
    pub user_id: Option<String>,
    /// The certificate's serial number in lower-case hexadecimal.
    pub serial: String,
}

impl Signer {
    /// A signer by the commonName and the serial number of the certificate.
    #[must_use]
    pub fn new(common_name: &str, serial: String) -> Self {
        let id = common_name.split_once('_').map_or(common_name, |(id, _)| id);
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        Self { common_name: common_name.to_owned(), user_id: is_id.then(|| id.to_owned()), serial }
    }
}

impl Report {
    /// A file of which one check already says that nothing in it can hold.
    pub(crate) fn refused(check: &str, reason: &str) -> Self {
        Self {
            verdict: Verdict::Invalid,
            reason: Some(reason.to_owned()),
            format: None,
            checks: vec![Check::failed(check, reason)],
            signer: None,
            claimed_time: None,
            proven_time: None,
            commitment: None,
            path: Vec::new(),
            timestamp_path: Vec::new(),
            crl_age_seconds: None,
            digest: None,
            covered: Vec::new(),
            earlier: Vec::new(),
        }
    }

    /// Whether the verdict is `valid`.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.verdict == Verdict::Valid
    }
}

impl PathCertificate {
    /// Those of a path, with what decided about each.
    pub(crate) fn all_of(report: &PathReport) -> Vec<Self> {
        let decided = |at: usize| report.revocation.iter().find(|evidence| evidence.at == at);
        let is_revoked = |at: usize| {
            report
                .errors()
                .any(|error| matches!(error, PathError::Revoked { at: other, .. } if other == at))
        };
        let path = report.path.iter().enumerate();
        path.map(|(at, certificate)| Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial_hex(),
            sha256: certificate.sha256_hex(),
            not_before: certificate.not_before().to_string(),
            not_after: certificate.not_after().to_string(),
            revocation: decided(at).map(|evidence| RevocationEvidence {
                source: match evidence.source {
                    RevocationSource::List => "list",
                    _ => "ocsp",
                },
                revoked: is_revoked(at),
                this_update: evidence.this_update.to_string(),
                next_update: evidence.next_update.to_string(),
                age_seconds: evidence.age_seconds,
            }),
        })
        .collect()
    }
}

impl Check {
    pub(crate) fn passed(name: &str) -> Self {
        Self { name: name.to_owned(), passed: true, detail: None }
    }

    pub(crate) fn failed(name: &str, detail: impl Into<String>) -> Self {
        Self { name: name.to_owned(), passed: false, detail: Some(detail.into()) }
    }
}

#[cfg(test)]
mod tests;
