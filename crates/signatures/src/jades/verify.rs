use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use wardkey_crypto::{Hash, Obligation};
use wardkey_pki::{Certificate, UnixTime};

use super::{COMMITMENTS, Flattened, Header, from_jose};
use crate::{
    Commitment,
    judgement::{Facts, Finding, Pending, Signed, time_finding},
    options::VerifyOptions,
    report::Signer,
    timestamp::PendingTimestamp,
};

/// Begins the verification of a JAdES signature, compact or flattened JSON: its form, the header,
/// certificate and algorithm, the document, the signature, the timestamp where there is one and
/// `timestamp_anchors` are given, revocation, validity, trust, usage and policy. `detached` is the document of a signature that does not hold it. A header with members
/// that are not known here is refused, whether they are critical or not.
pub fn verify(jades: &[u8], detached: Option<&[u8]>, options: &VerifyOptions) -> Pending {
    let mut findings = Vec::new();
    let mut facts = Facts::default();
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
    let parts = Flattened::read(jades).ok_or_else(|| format("neither compact nor flattened"))?;
    let header = Base64UrlUnpadded::decode_vec(&parts.protected).ok();
    let header = header.filter(|octets| octets.len() <= MAX_HEADER);
    let header = header.ok_or_else(|| format("the header is no base64url, or too long"))?;
    let header: Header =
        serde_json::from_slice(&header).map_err(|error| format(&error.to_string()))?;
    let stated = header.crit.unwrap_or_default();
    if stated.iter().any(|name| name != COMMITMENTS) || stated.len() > 1 {
        return Err(format("crit names what is not known here"));
    }
    let signature = Base64UrlUnpadded::decode_vec(&parts.signature);
    let signature = signature.map_err(|_| format("the signature is no base64url"))?;
    passed.push(Finding::passed("format"));

    let der = header.x5c.first().and_then(|text| Base64::decode_vec(text).ok());
    let invalid = |detail: &str| Finding::failed("certificate", CERTIFICATE).with_detail(detail);
    let der = der.ok_or_else(|| invalid("it is missing"))?;
    let certificate = Certificate::from_der(&der).map_err(|error| invalid(&error.to_string()))?;
    let name = certificate.common_name().unwrap_or_default();
    facts.signer = Some(Signer::new(name, certificate.serial_hex()));
    passed.push(Finding::passed("certificate"));
    let algorithm = from_jose(&header.alg)
        .filter(|algorithm| certificate.key_kind() == Some(algorithm.key_kind()))
        .filter(|_| options.admits_key(&certificate));
    let algorithm = algorithm.ok_or_else(|| Finding::failed("algorithm", ALGORITHM))?;
    passed.push(Finding::passed("algorithm"));
    let hash = Hash::Sha256.digest(&der).map(|hash| Base64UrlUnpadded::encode_string(&hash));
    if hash.as_deref() != Some(header.x5t.as_str()) {
        let reason = "Signing certificate is not the one that was signed";
        return Err(Finding::failed("signingCertificate", reason));
    }
    passed.push(Finding::passed("signingCertificate"));

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
    facts.commitment = header
        .commitments
        .and_then(|all| Commitment::from_uri(&all.first()?.id.id))
        .map(|commitment| commitment.as_str().to_owned());
    let signed_at = UnixTime::from_seconds(header.iat);
    facts.claimed_time = Some(signed_at.to_string());
    passed.push(time_finding(signed_at, options.time));
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
    let signature = Obligation { algorithm, spki, message, signature };
    let (facts, before) = (Facts::default(), Vec::new());
    Ok(Signed { facts, before, signature, certificate, signed_at, timestamp })
}

const ALGORITHM: &str = "Signature algorithm is not accepted";
const CERTIFICATE: &str = "Invalid certificate";
const FORMAT: &str = "Invalid signature format";
const OTHER: &str = "Signature doesn't match document";
/// With a long chain.
const MAX_HEADER: usize = 64 * 1024;
