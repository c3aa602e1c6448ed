//! What a verification found, in one form for every signature format.

use serde::Serialize;

/// The outcome of a verification. Serialised in camelCase, as the browser sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether the signature holds.
    pub verdict: Verdict,
    /// Why it does not, or why that is unknown. `None`: it holds.
    pub reason: Option<String>,
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
    /// The age of the oldest revocation list that was relied upon, in seconds. `None`: none was.
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
    /// Whether the verdict is `valid`.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.verdict == Verdict::Valid
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
