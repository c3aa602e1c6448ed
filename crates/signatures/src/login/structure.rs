//! The one encoding of the login structure (RFC 5652, sections 3, 5 and 11).

use std::time::Duration;

use const_oid::{ObjectIdentifier, db};
use der::{
    DateTime, Decode as _, Encode as _,
    asn1::{GeneralizedTime, UtcTime},
};
use wardkey_crypto::{Obligation, SignatureAlgorithm};

use super::{BINDING, LABEL, LoginError};
use crate::{
    certificate::CertificateParts,
    tlv::{
        CONTEXT_0, GENERALIZED_TIME, INTEGER, NULL, OCTET_STRING, SEQUENCE, UTC_TIME, UTF8_STRING,
        oid, set_of, tlv,
    },
};

/// What the signed attributes say.
pub(super) struct Statement<'a> {
    pub(super) digest: &'a [u8],
    pub(super) signing_time: u64,
    pub(super) server: &'a str,
    pub(super) transaction: &'a str,
    pub(super) session_key: &'a [u8],
}

impl Statement<'_> {
    /// The signed attributes as the SET OF that is signed (RFC 5652, section 5.4).
    pub(super) fn encode(&self) -> Result<Vec<u8>, LoginError> {
        let text = |text: &str| tlv(UTF8_STRING, &[text.as_bytes()]);
        let binding = tlv(
            SEQUENCE,
            &[&text(LABEL), &text(self.server), &text(self.transaction), self.session_key],
        );
        Ok(set_of(vec![
            attribute(db::rfc5911::ID_CONTENT_TYPE, &oid(db::rfc5911::ID_DATA)),
            attribute(db::rfc5911::ID_MESSAGE_DIGEST, &tlv(OCTET_STRING, &[self.digest])),
            attribute(db::rfc5911::ID_SIGNING_TIME, &time(self.signing_time)?),
            attribute(BINDING, &binding),
        ]))
    }
}

/// The whole structure; `attributes` is the SET OF that was signed, and the signature ECDSA's as
/// `r || s`.
pub(super) fn encode(
    challenge: &[u8],
    certificate: &[u8],
    attributes: &[u8],
    algorithm: SignatureAlgorithm,
    signature: &[u8],
) -> Result<Vec<u8>, LoginError> {
    let parts = CertificateParts::of(certificate).ok_or(LoginError::Certificate)?;
    let one = tlv(INTEGER, &[&[1]]);
    let digest = digest_algorithm(algorithm)?;
    let signature = match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => signature.to_vec(),
        _ => Obligation::ecdsa_to_der(signature).ok_or(LoginError::SignatureInvalid)?,
    };
    let (_set, signed) = attributes.split_first().ok_or(LoginError::Malformed("attributes"))?;
    let signer = tlv(
        SEQUENCE,
        &[
            &one,
            &tlv(SEQUENCE, &[parts.issuer, parts.serial]),
            &digest,
            // IMPLICIT: the SET's content under another tag.
            &[&[CONTEXT_0], signed].concat(),
            &signature_algorithm(algorithm),
            &tlv(OCTET_STRING, &[&signature]),
        ],
    );
    let content = tlv(CONTEXT_0, &[&tlv(OCTET_STRING, &[challenge])]);
    let signed_data = tlv(
        SEQUENCE,
        &[
            &one,
            &set_of(vec![digest.clone()]),
            &tlv(SEQUENCE, &[&oid(db::rfc5911::ID_DATA), &content]),
            &tlv(CONTEXT_0, &[certificate]),
            &set_of(vec![signer]),
        ],
    );
    let signed_data = tlv(CONTEXT_0, &[&signed_data]);
    Ok(tlv(SEQUENCE, &[&oid(db::rfc5911::ID_SIGNED_DATA), &signed_data]))
}

/// The digest that goes with the signature algorithm (RFC 5754: parameters absent).
fn digest_algorithm(algorithm: SignatureAlgorithm) -> Result<Vec<u8>, LoginError> {
    let digest = match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::RsaPkcs1Sha256 => {
            db::rfc5912::ID_SHA_256
        }
        SignatureAlgorithm::EcdsaP384Sha384 => db::rfc5912::ID_SHA_384,
        _ => return Err(LoginError::AlgorithmRefused),
    };
    Ok(tlv(SEQUENCE, &[&oid(digest)]))
}

/// RFC 5754: NULL parameters for RSA, none for ECDSA.
fn signature_algorithm(algorithm: SignatureAlgorithm) -> Vec<u8> {
    let parameters = match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => tlv(NULL, &[]),
        _ => Vec::new(),
    };
    tlv(SEQUENCE, &[&oid(algorithm.oid()), &parameters])
}

fn attribute(kind: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&oid(kind), &set_of(vec![value.to_vec()])])
}

/// UTCTime up to the year 2049, GeneralizedTime after (RFC 5652, section 11.3).
fn time(seconds: u64) -> Result<Vec<u8>, LoginError> {
    let instant =
        DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(|_| LoginError::Time)?;
    let encoded = match UtcTime::from_date_time(instant) {
        Ok(time) => time.to_der(),
        Err(_) => GeneralizedTime::from_date_time(instant).to_der(),
    };
    encoded.map_err(|_| LoginError::Time)
}

/// The seconds since 1970 of a UTCTime or GeneralizedTime, given with its header.
pub(super) fn read_time(value: &[u8]) -> Option<u64> {
    let instant = match value.first() {
        Some(&UTC_TIME) => UtcTime::from_der(value).ok()?.to_unix_duration(),
        Some(&GENERALIZED_TIME) => GeneralizedTime::from_der(value).ok()?.to_unix_duration(),
        _ => return None,
    };
    Some(instant.as_secs())
}
