use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use wardkey_crypto::Obligation;
use wardkey_pki::Certificate;

use super::{Flattened, header::Header};
use crate::{
    judgement::{Facts, Finding, Pending, Signed, time_finding},
    jws,
    options::VerifyOptions,
    report::Signer,
    timestamp::PendingTimestamp,
};

/// Begins the verification of a JAdES signature, or a plain JWS with a certificate in its header,
/// compact or JSON: its form, the header, certificate and algorithm, the document, the signature,
/// the timestamp where there is one and `timestamp_anchors` are given, revocation, validity, trust,
/// usage and policy. `detached` is the document of a signature that does not hold it.
///
/// What states a time is JAdES, and has to name its certificate by a hash too. A plain JWS names no
/// time: its certificate is judged at `options.time`.
pub fn verify(jades: &[u8], detached: Option<&[u8]>, options: &VerifyOptions) -> Pending {
    let mut findings = Vec::new();
    let mut facts = Facts { format: Some("jades"), ..Facts::default() };
    match begin(jades, detached, options, &mut facts, &mut findings) {
        Ok(signed) => Pending::open(Signed { facts, before: findings, ..signed }, options),
        Err(finding) => {
            findings.push(finding);
            Pending::decided(facts, findings)
        }
    }
}

fn begin(
    jades: &[u8],
    detached: Option<&[u8]>,
    options: &VerifyOptions,
    facts: &mut Facts,
    passed: &mut Vec<Finding>,
) -> Result<Signed, Finding> {
    let format = |detail: &str| Finding::failed("format", FORMAT).with_detail(detail);
    let parts = Flattened::read(jades).map_err(|error| format(&error))?;
    let header = Header::read(&parts.protected).map_err(|error| format(&error))?;
    let signature = Base64UrlUnpadded::decode_vec(&parts.signature);
    let signature = signature.map_err(|_| format("the signature is no base64url"))?;
    if header.time.is_none() {
        facts.format = Some("jws");
    }
    passed.push(Finding::passed("format"));

    let invalid = |detail: &str| Finding::failed("certificate", CERTIFICATE).with_detail(detail);
    let der = header.certificates.first().ok_or_else(|| invalid("it is missing"))?;
    let certificate = Certificate::from_der(der).map_err(|error| invalid(&error.to_string()))?;
    let name = certificate.common_name().unwrap_or_default();
    facts.signer = Some(Signer::new(name, certificate.serial_hex()));
    passed.push(Finding::passed("certificate"));
    let algorithm = jws::algorithm_named(&header.algorithm)
        .filter(|algorithm| certificate.key_kind() == Some(algorithm.key_kind()))
        .filter(|_| options.admits_key(&certificate));
    let algorithm = algorithm.ok_or_else(|| Finding::failed("algorithm", ALGORITHM))?;
    passed.push(Finding::passed("algorithm"));
    if header.time.is_some() || header.certificate_digest.is_some() {
        let is_named = header
            .certificate_digest
            .is_some_and(|(hash, digest)| hash.digest(der) == Some(digest));
        if !is_named {
            let reason = "Signing certificate is not the one that was signed";
            return Err(Finding::failed("signingCertificate", reason));
        }
        passed.push(Finding::passed("signingCertificate"));
    }

    let given = detached.map(Base64UrlUnpadded::encode_string);
    let payload = match (parts.payload, given) {
        (Some(inside), None) => inside,
        (None, Some(beside)) => beside,
        (Some(inside), Some(beside)) if inside == beside => inside,
        (Some(_), Some(_)) => return Err(Finding::failed("digest", OTHER)),
        (None, None) => return Err(Finding::failed("digest", "Document is missing")),
    };
    let document = Base64UrlUnpadded::decode_vec(&payload)
        .map_err(|_| Finding::failed("digest", "Document can't be read"))?;
    passed.push(Finding::passed("digest"));
    facts.digest = algorithm.digest(&document).map(|digest| Base64::encode_string(&digest));
    facts.covered = vec!["document".to_owned()];
    facts.commitment = header.commitment.map(|commitment| commitment.as_str().to_owned());
    if let Some(time) = header.time {
        facts.claimed_time = Some(time.to_string());
        passed.push(time_finding(time, options.time));
    }
    let signed_at = header.time.unwrap_or(options.time);
    let message = format!("{}.{payload}", parts.protected).into_bytes();
    let timestamp = match parts.header.filter(|_| !options.timestamp_anchors.is_empty()) {
        Some(header) => header
            .token()
            .map_err(|_| Finding::failed("timestamp", "Timestamp is invalid"))?
            .map(|token| PendingTimestamp::begin(&token, parts.signature.as_bytes(), options))
            .transpose()?,
        None => None,
    };
    let spki = certificate.spki().to_vec();
    let signature = Obligation { algorithm, spki, message, signature, issued: false };
    let (facts, before) = (Facts::default(), Vec::new());
    Ok(Signed { facts, before, signature, certificate, signed_at, is_claimed: true, timestamp })
}

const ALGORITHM: &str = "Signature algorithm is not accepted";
const CERTIFICATE: &str = "Invalid certificate";
const FORMAT: &str = "Invalid signature format";
const OTHER: &str = "Signature doesn't match document";
