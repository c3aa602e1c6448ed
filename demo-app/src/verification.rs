//! What the app believes of a signature, and nothing before the checks are done.

use anyhow::Context as _;
use serde::Serialize;
use wardkey_pki::{Certificate, ObjectIdentifier, UnixTime};
use wardkey_revocation::{
    CacheSettings, Fetch, Gathered, Preference, RevocationCache, vouched_for,
};
use wardkey_signatures::{
    VerifyOptions, eps,
    file::{self, claimed_certificates},
    jws,
    raw::{self, RawSignature},
    report::{Check, Report, Verdict},
};
use wardkey_spine::UserId;

/// The checks of signatures, and what they rely on.
pub struct Verification {
    anchor: Certificate,
    authority: Certificate,
    timestamp_anchors: Vec<Certificate>,
    revocation: RevocationCache,
}

/// What was found about a signature, as the page sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    status: Status,
    /// Why it is not verified.
    reason: Option<String>,
    report: Option<DatedReport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Status {
    Failed,
    Unsigned,
    Verified,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DatedReport {
    #[serde(flatten)]
    report: Report,
    /// RFC 3339 in UTC.
    checked_at: String,
}

/// A bare signature over a text, or over any document.
pub struct Note {
    pub content: Vec<u8>,
    /// DER.
    pub certificate: Vec<u8>,
    pub signature: Vec<u8>,
    /// Such as `RS256`.
    pub algorithm: String,
}

impl Verification {
    /// Trusts this anchor; `authority` issues the signing certificates (both PEM).
    ///
    /// # Errors
    /// When a certificate cannot be read.
    pub fn new(
        anchor: &[u8],
        authority: &[u8],
        fetch: impl Fetch + 'static,
    ) -> anyhow::Result<Self> {
        // Signatures are few: each is judged by the list of the moment.
        let settings = CacheSettings {
            max_age_seconds: 0,
            retry_after_seconds: 2,
            max_bytes: MAX_LIST,
            preference: Preference::ListsFirst,
            ..CacheSettings::default()
        };
        Ok(Self {
            anchor: Certificate::from_pem(anchor).context("signing anchor")?,
            authority: Certificate::from_pem(authority).context("signing authority")?,
            timestamp_anchors: Vec::new(),
            revocation: RevocationCache::new(fetch, settings),
        })
    }

    /// The same, believing timestamps of these authorities, or of those below them (PEM).
    ///
    /// # Errors
    /// When a certificate cannot be read.
    pub fn trusting_timestamps(self, anchors: &[Vec<u8>]) -> anyhow::Result<Self> {
        let anchors = anchors.iter().map(Certificate::from_pem);
        let timestamp_anchors = anchors.collect::<Result<_, _>>().context("timestamp anchor")?;
        Ok(Self { timestamp_anchors, ..self })
    }

    /// Verifies a signed file of any format, with its document where that is detached. It asks for
    /// no user: the report says who signed.
    pub fn file(&self, file: &[u8], document: Option<&[u8]>, now: u64) -> Report {
        let claimed = claimed_certificates(file);
        let options = self.options(&claimed, UnixTime::from_seconds(now));
        let options = VerifyOptions {
            intermediates: [options.intermediates, claimed].concat(),
            timestamp_anchors: self.timestamp_anchors.clone(),
            ..options
        };
        file::verify(file, document, &options).discharge()
    }

    /// Verifies a Signature element over a prescription.
    pub fn prescription(
        &self,
        document: &[u8],
        signature: &[u8],
        user: &UserId,
        now: u64,
    ) -> Finding {
        let now = UnixTime::from_seconds(now);
        let signed = match eps::embed(document, signature) {
            Ok(signed) => signed,
            Err(error) => return Finding::refused(&error.to_string()),
        };
        let options = self.options(&claimed_certificates(signature), now);
        Finding::of(eps::verify(&signed, &options).discharge(), user, now)
    }

    /// Verifies a bare signature over a text.
    pub fn note(&self, note: &Note, user: &UserId, now: u64) -> Finding {
        match self.bare(note, now) {
            Some(report) => Finding::of(report, user, UnixTime::from_seconds(now)),
            None => Finding::refused("the algorithm is not accepted"),
        }
    }

    /// The report on a bare signature, which asks for no user. `None`: its algorithm is not known.
    pub fn bare(&self, note: &Note, now: u64) -> Option<Report> {
        let signed = RawSignature {
            document: &note.content,
            signature: &note.signature,
            algorithm: jws::algorithm_named(&note.algorithm)?,
            certificate_der: &note.certificate,
            signed_at: None,
        };
        let signer: Vec<_> = Certificate::from_der(&note.certificate).into_iter().collect();
        let options = self.options(&signer, UnixTime::from_seconds(now));
        Some(raw::verify(&signed, &options).discharge())
    }

    fn options(&self, claimed: &[Certificate], now: UnixTime) -> VerifyOptions {
        let gathered = self.gather(claimed, now);
        VerifyOptions {
            anchors: vec![self.anchor.clone()],
            intermediates: vec![self.authority.clone()],
            crls: gathered.lists,
            ocsp_answers: gathered.answers,
            required_policies: vec![CONTENT_COMMITMENT],
            time: now,
            timestamp_anchors: Vec::new(),
            legacy_sha1: false,
            legacy_rsa_1024: false,
        }
    }

    /// What is known of revocation for paths from these certificates. The addresses come from what
    /// somebody sent, so nothing is fetched unless a trusted authority issued it.
    fn gather(&self, claimed: &[Certificate], now: UnixTime) -> Gathered {
        let own = [&self.anchor, &self.authority];
        let known: Vec<_> = own.into_iter().chain(&self.timestamp_anchors).collect();
        let issued = vouched_for(&known, claimed);
        if issued.is_empty() {
            return Gathered::default();
        }
        let issuers: Vec<_> = known.into_iter().chain(claimed).collect();
        let asked = issued.into_iter().chain([&self.authority]);
        let gathered = self.revocation.gather_among(asked, &issuers, now);
        for (url, error) in &gathered.failures {
            tracing::warn!("{url}: {error}");
        }
        gathered
    }
}

impl Finding {
    /// There is no signature.
    pub fn unsigned() -> Self {
        Self { status: Status::Unsigned, reason: None, report: None }
    }

    /// Whether there is a signature that holds.
    pub fn is_verified(&self) -> bool {
        self.status == Status::Verified
    }

    fn refused(reason: &str) -> Self {
        Self { status: Status::Failed, reason: Some(reason.to_owned()), report: None }
    }

    /// What a report means to this app: besides everything in it, the signer has to be the user.
    fn of(mut report: Report, user: &UserId, now: UnixTime) -> Self {
        let signer = report.signer.as_ref().and_then(|signer| signer.user_id.as_deref());
        let is_user = signer == Some(user.as_str());
        let detail = (!is_user).then(|| "the signer is not the person who is signed in".to_owned());
        if !is_user && report.verdict == Verdict::Valid {
            report.verdict = Verdict::Invalid;
            report.reason.clone_from(&detail);
        }
        report.checks.push(Check { name: "signerIsUser".to_owned(), passed: is_user, detail });
        let status = if report.is_valid() { Status::Verified } else { Status::Failed };
        let reason = report.reason.clone();
        let report = DatedReport { report, checked_at: now.to_string() };
        Self { status, reason, report: Some(report) }
    }
}

/// The key of a certificate (PEM), as DER SubjectPublicKeyInfo.
///
/// # Errors
/// When the certificate cannot be read.
pub fn assertion_key(certificate: &[u8]) -> anyhow::Result<Vec<u8>> {
    let certificate = Certificate::from_pem(certificate).context("assertion certificate")?;
    Ok(certificate.spki().to_vec())
}

/// The policy that every content-commitment certificate of the NHS is issued under.
const CONTENT_COMMITMENT: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.826.0.1275.102.0.3.2.0");
const MAX_LIST: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests;
