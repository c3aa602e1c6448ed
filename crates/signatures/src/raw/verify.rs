use base64ct::{Base64, Encoding as _};
use wardkey_crypto::{Obligation, SignatureAlgorithm};
use wardkey_pki::{Certificate, Pending as PendingPath, UnixTime};

use super::check;
use crate::{
    judgement::{Facts, Finding, findings, report, strict_validity, time_finding},
    options::VerifyOptions,
    report::{Report, Signer},
};

/// A bare signature with everything that a verifier has to be told beside it.
#[derive(Clone, Copy, Debug)]
pub struct RawSignature<'a> {
    /// The document's octets.
    pub document: &'a [u8],
    /// RSA as it is, ECDSA as `r || s`.
    pub signature: &'a [u8],
    /// How it was made.
    pub algorithm: SignatureAlgorithm,
    /// The signer's certificate, DER.
    pub certificate_der: &'a [u8],
    /// When it was made, as far as the verifier knows; `None`: it is judged as if it were made at
    /// the time of the verification.
    pub signed_at: Option<UnixTime>,
}

/// A verification that waits for public-key operations.
#[derive(Debug)]
#[must_use = "nothing has been verified yet"]
pub struct Pending {
    state: State,
    obligations: Vec<Obligation>,
}

#[derive(Debug)]
enum State {
    /// Nothing is left to be found out.
    Decided(Box<Report>),
    Open(Box<Open>),
}

#[derive(Debug)]
struct Open {
    facts: Facts,
    /// Findings before that of the signature.
    before: Vec<Finding>,
    validity: Option<Finding>,
    path: PendingPath,
}

/// Begins the verification of a bare signature: that the octets are a document and no format's
/// signing input, the algorithm, the signature, revocation, validity, trust, usage and policy.
/// Revocation that is unknown makes the verdict `indeterminate`, if nothing else makes it
/// `invalid`.
pub fn verify(signed: &RawSignature<'_>, options: &VerifyOptions) -> Pending {
    match begin(signed, options) {
        Ok((open, obligations)) => Pending { state: State::Open(Box::new(open)), obligations },
        Err(report) => Pending { state: State::Decided(report), obligations: Vec::new() },
    }
}

impl Pending {
    /// The signatures to verify.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The result, given for each of [`Pending::obligations`], in their order, whether it holds.
    /// A missing answer counts as one that does not hold.
    #[must_use]
    pub fn conclude(self, answers: &[bool]) -> Report {
        let Open { facts, before: mut all, validity, path } = match self.state {
            State::Decided(report) => return *report,
            State::Open(open) => *open,
        };
        let (signature, of_path) = match answers.split_first() {
            Some((signature, of_path)) => (*signature, of_path),
            None => (false, answers),
        };
        all.push(Finding::of(signature, "signature", "Signature is invalid"));
        let path = path.conclude(of_path);
        all.extend(findings(&path, validity));
        report(facts, all, path.revocation_age())
    }

    /// The result, with the signatures verified here.
    #[cfg(feature = "native")]
    #[must_use]
    pub fn discharge(self) -> Report {
        let answers: Vec<bool> = self.obligations.iter().map(Obligation::discharge).collect();
        self.conclude(&answers)
    }
}

/// # Errors
/// The report, when there is nothing that could be verified.
fn begin(
    signed: &RawSignature<'_>,
    options: &VerifyOptions,
) -> Result<(Open, Vec<Obligation>), Box<Report>> {
    let mut facts = Facts {
        claimed_time: signed.signed_at.map(|time| time.to_string()),
        digest: signed.algorithm.digest(signed.document).map(|d| Base64::encode_string(&d)),
        covered: vec!["document".to_owned()],
        ..Facts::default()
    };
    let mut before = Vec::new();
    if let Err(error) = check(signed.document) {
        let finding = Finding::failed("document", "Not a document");
        return Err(Box::new(report(facts, vec![finding.with_detail(error)], None)));
    }
    before.push(Finding::passed("document"));
    let certificate = match Certificate::from_der(signed.certificate_der) {
        Ok(certificate) => certificate,
        Err(error) => {
            before.push(Finding::failed("certificate", "Invalid certificate").with_detail(error));
            return Err(Box::new(report(facts, before, None)));
        }
    };
    before.push(Finding::passed("certificate"));
    let name = certificate.common_name().unwrap_or_default();
    facts.signer = Some(Signer::new(name, certificate.serial_hex()));
    if let Some(detail) = refusal(signed.algorithm, &certificate, options) {
        let finding = Finding::failed("algorithm", "Signature algorithm is not accepted");
        before.push(finding.with_detail(detail));
        return Err(Box::new(report(facts, before, None)));
    }
    before.push(Finding::passed("algorithm"));
    let signed_at = signed.signed_at.unwrap_or(options.time);
    before.push(time_finding(signed_at, options.time));
    let mut obligations = vec![Obligation {
        algorithm: signed.algorithm,
        spki: certificate.spki().to_vec(),
        message: signed.document.to_vec(),
        signature: signed.signature.to_vec(),
    }];
    let validity = strict_validity(&certificate, signed_at);
    let path = options.path_request(certificate, signed_at).start();
    obligations.extend_from_slice(path.obligations());
    Ok((Open { facts, before, validity, path }, obligations))
}

fn refusal(
    algorithm: SignatureAlgorithm,
    certificate: &Certificate,
    options: &VerifyOptions,
) -> Option<&'static str> {
    if certificate.key_kind() != Some(algorithm.key_kind()) {
        return Some("not one of the certificate's key");
    }
    if algorithm.is_legacy() && !options.legacy_sha1 {
        return Some("SHA-1");
    }
    (!options.admits_key(certificate)).then_some("the certificate's RSA key is too short")
}
