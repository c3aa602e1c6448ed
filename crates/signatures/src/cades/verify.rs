use base64ct::{Base64, Encoding as _};
use const_oid::db;
use wardkey_crypto::Hash;
use wardkey_pki::UnixTime;

use super::{COMMITMENT, Document, TIMESTAMP};
use crate::{
    Commitment,
    cms::{self, Named, SignedData, attribute_value, examine, read_time},
    judgement::{Facts, Finding, Pending, Signed, time_finding},
    options::VerifyOptions,
    report::Signer,
    timestamp::PendingTimestamp,
    tlv::{Fields, SEQUENCE, SET, tlv},
};

/// Begins the verification of a CAdES signature: its form, certificate, algorithm and attributes,
/// the document's digest, the signature, the timestamp where there is one and `timestamp_anchors`
/// are given, revocation, validity, trust, usage and policy. `detached` is the document of a
/// signature that does not hold it. DER or BER. Signatures over SHA-1 are refused, whatever the
/// options say; with `legacy_sha1` the certificate may be named by it.
pub fn verify(cades: &[u8], detached: Option<Document<'_>>, options: &VerifyOptions) -> Pending {
    let mut findings = Vec::new();
    let mut facts = Facts { format: Some("cades"), ..Facts::default() };
    match begin(cades, detached, options, &mut facts, &mut findings) {
        Ok(signed) => Pending::open(Signed { facts, before: findings, ..signed }, options),
        Err(finding) => {
            findings.push(finding);
            Pending::decided(facts, findings)
        }
    }
}

fn begin(
    cades: &[u8],
    detached: Option<Document<'_>>,
    options: &VerifyOptions,
    facts: &mut Facts,
    passed: &mut Vec<Finding>,
) -> Result<Signed, Finding> {
    let cades = cms::der(cades);
    let data = read(&cades)?;
    passed.push(Finding::passed("format"));
    let digest_of = |hash: Hash| match (data.content, detached) {
        (Some(content), None) => hash.digest(content),
        (None, Some(Document::Octets(octets))) => hash.digest(octets),
        (None, Some(Document::Digest(digest))) => {
            (digest.len() == hash.length()).then(|| digest.to_vec())
        }
        // Of two documents nobody knows which was meant.
        (Some(content), Some(Document::Octets(octets))) if content == octets => {
            hash.digest(content)
        }
        _ => None,
    };
    let beside = Beside { digest_of: &digest_of, covered: "document", time: None };
    examine_signer(&data, &beside, options, facts, passed)
}

/// What stands beside the CMS of a signature.
pub(crate) struct Beside<'a> {
    /// The digest of what was signed.
    pub(crate) digest_of: &'a dyn Fn(Hash) -> Option<Vec<u8>>,
    /// What that is, by name.
    pub(crate) covered: &'static str,
    /// The claimed time; without, it is the attribute signing-time.
    pub(crate) time: Option<UnixTime>,
}

/// A SignedData over data.
///
/// # Errors
/// The finding, when it is none.
pub(crate) fn read(cms: &[u8]) -> Result<SignedData<'_>, Finding> {
    let format = |detail: &str| Finding::failed("format", FORMAT).with_detail(detail);
    let data = SignedData::read(cms).map_err(|error| format(&error.to_string()))?;
    if data.content_type != db::rfc5911::ID_DATA {
        return Err(format("its content is not data"));
    }
    Ok(data)
}

/// Examines the signer, the attributes and the timestamp. What is known goes to `facts`, what
/// passed to `passed`; neither is in what is returned.
///
/// # Errors
/// The finding, when there is nothing that could hold.
pub(crate) fn examine_signer(
    data: &SignedData<'_>,
    beside: &Beside<'_>,
    options: &VerifyOptions,
    facts: &mut Facts,
    passed: &mut Vec<Finding>,
) -> Result<Signed, Finding> {
    if let Some(der) = data.signers_certificate()
        && let Ok(certificate) = wardkey_pki::Certificate::from_der(der)
    {
        let name = certificate.common_name().unwrap_or_default();
        facts.signer = Some(Signer::new(name, certificate.serial_hex()));
    }
    let named = if options.legacy_sha1 { Named::BySha1 } else { Named::BySha2 };
    let examined = examine(data, beside.digest_of, named, passed)?;
    facts.digest = Some(Base64::encode_string(&examined.digest));
    facts.covered = vec![beside.covered.to_owned()];
    if !options.admits_key(&examined.certificate) {
        let detail = "the certificate's RSA key is too short";
        let reason = "Signature algorithm is not accepted";
        return Err(Finding::failed("algorithm", reason).with_detail(detail));
    }
    let attributes = &data.signer.attributes;
    let attribute = || {
        let seconds = attribute_value(attributes, db::rfc5911::ID_SIGNING_TIME).and_then(read_time);
        seconds.map(UnixTime::from_seconds)
    };
    let signed_at = beside.time.or_else(attribute);
    let signed_at =
        signed_at.ok_or_else(|| Finding::failed("signingTime", "Signing time is missing"))?;
    facts.claimed_time = Some(signed_at.to_string());
    passed.push(time_finding(signed_at, options.time));
    facts.commitment = commitment(attributes).map(|known| known.as_str().to_owned());
    let timestamp = match token(data.signer.unsigned) {
        Some(token) if !options.timestamp_anchors.is_empty() => {
            Some(PendingTimestamp::begin(&token, data.signer.signature_value(), options)?)
        }
        _ => None,
    };
    Ok(Signed {
        facts: Facts::default(),
        before: Vec::new(),
        signature: examined.obligation,
        certificate: examined.certificate,
        signed_at,
        is_claimed: true,
        timestamp,
    })
}

fn commitment(attributes: &[u8]) -> Option<Commitment> {
    let value = attribute_value(attributes, COMMITMENT)?;
    Commitment::from_oid(Fields::open(value, SEQUENCE)?.oid()?)
}

/// The timestamp's token of a signature, DER, unverified. `None`: it has none.
pub(crate) fn timestamp_token(cades: &[u8]) -> Option<Vec<u8>> {
    token(SignedData::read(&cms::der(cades)).ok()?.signer.unsigned)
}

/// The signature's timestamp among the unsigned attributes.
fn token(unsigned: &[u8]) -> Option<Vec<u8>> {
    attribute_value(&tlv(SET, &[unsigned]), TIMESTAMP).map(<[u8]>::to_vec)
}

const FORMAT: &str = "Invalid signature format";
