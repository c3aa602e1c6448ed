//! The one encoding of the login structure (RFC 5652, sections 3, 5 and 11).

use const_oid::db;
use wardkey_crypto::SignatureAlgorithm;

use super::{BINDING, LABEL, LoginError};
use crate::{
    certificate::CertificateParts,
    cms::{SignerInfo, attribute, signed_data, time},
    tlv::{OCTET_STRING, SEQUENCE, UTF8_STRING, oid, set_of, tlv},
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
            attribute(
                db::rfc5911::ID_SIGNING_TIME,
                &time(self.signing_time).ok_or(LoginError::Time)?,
            ),
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
    if algorithm.is_legacy() {
        return Err(LoginError::AlgorithmRefused);
    }
    let parts = CertificateParts::of(certificate).ok_or(LoginError::Certificate)?;
    let signer = SignerInfo { certificate: parts, algorithm, attributes, signature };
    signed_data(Some(challenge), &[certificate], signer).ok_or(LoginError::SignatureInvalid)
}
