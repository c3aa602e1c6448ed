use base64ct::{Base64, Encoding as _};
use wardkey_crypto::{Obligation, SignatureAlgorithm};
use wardkey_pki::{Certificate, UnixTime};

use super::check;
use crate::{
    judgement::{Facts, Finding, Pending, Signed, time_finding},
    options::VerifyOptions,
    report::Signer,
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
    /// When it was made, as the verifier itself knows; `None`: it is judged as if it were made at
    /// the time of the verification.
    pub signed_at: Option<UnixTime>,
}

/// Begins the verification of a bare signature: that the octets are a document and no format's
/// signing input, the algorithm, the signature, revocation, validity, trust, usage and policy.
/// Revocation that is unknown makes the verdict `indeterminate`, if nothing else makes it
/// `invalid`.
pub fn verify(signed: &RawSignature<'_>, options: &VerifyOptions) -> Pending {
    let mut facts = Facts {
        format: Some("raw"),
        claimed_time: signed.signed_at.map(|time| time.to_string()),
        digest: signed.algorithm.digest(signed.document).map(|d| Base64::encode_string(&d)),
        covered: vec!["document".to_owned()],
        ..Facts::default()
    };
    let mut before = Vec::new();
    match examine(signed, options, &mut facts, &mut before) {
        Ok(certificate) => {
            let signature = Obligation {
                algorithm: signed.algorithm,
                spki: certificate.spki().to_vec(),
                message: signed.document.to_vec(),
                signature: signed.signature.to_vec(),
                issued: false,
            };
            let signed_at = signed.signed_at.unwrap_or(options.time);
            let signed = Signed {
                facts,
                before,
                signature,
                certificate,
                signed_at,
                is_claimed: false,
                timestamp: None,
            };
            Pending::open(signed, options)
        }
        Err(finding) => {
            before.push(finding);
            Pending::decided(facts, before)
        }
    }
}

/// # Errors
/// The finding, when there is nothing that could be verified.
fn examine(
    signed: &RawSignature<'_>,
    options: &VerifyOptions,
    facts: &mut Facts,
    before: &mut Vec<Finding>,
) -> Result<Certificate, Finding> {
    check(signed.document)
        .map_err(|error| Finding::failed("document", "Not a document").with_detail(error))?;
    before.push(Finding::passed("document"));
    let certificate = Certificate::from_der(signed.certificate_der).map_err(|error| {
        Finding::failed("certificate", "Invalid certificate").with_detail(error)
    })?;
    before.push(Finding::passed("certificate"));
    let name = certificate.common_name().unwrap_or_default();
    facts.signer = Some(Signer::new(name, certificate.serial_hex()));
    if let Some(detail) = refusal(signed.algorithm, &certificate, options) {
        let finding = Finding::failed("algorithm", "Signature algorithm is not accepted");
        return Err(finding.with_detail(detail));
    }
    before.push(Finding::passed("algorithm"));
    before.push(time_finding(signed.signed_at.unwrap_or(options.time), options.time));
    Ok(certificate)
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
