use std::time::Duration;

use const_oid::{ObjectIdentifier, db};
use der::{
    DateTime, Encode as _,
    asn1::{GeneralizedTime, UtcTime},
};
use wardkey_crypto::{Hash, Obligation, SignatureAlgorithm};

use crate::{
    certificate::CertificateParts,
    tlv::{
        CONTEXT_0, CONTEXT_1, CONTEXT_2, INTEGER, NULL, OCTET_STRING, SEQUENCE, oid, set_of, tlv,
    },
};

/// The one signer of a SignedData.
pub(crate) struct SignerInfo<'a> {
    pub(crate) certificate: CertificateParts<'a>,
    pub(crate) algorithm: SignatureAlgorithm,
    /// The SET OF that was signed.
    pub(crate) attributes: &'a [u8],
    /// RSA's as it is, ECDSA's as `r || s`.
    pub(crate) signature: &'a [u8],
}

impl SignerInfo<'_> {
    /// `None`: the signature has not the shape of its algorithm.
    fn encode(self) -> Option<Vec<u8>> {
        let signature = match self.algorithm.key_kind() {
            wardkey_crypto::KeyKind::Rsa => self.signature.to_vec(),
            _ => Obligation::ecdsa_to_der(self.signature)?,
        };
        let (_set, signed) = self.attributes.split_first()?;
        Some(tlv(
            SEQUENCE,
            &[
                &tlv(INTEGER, &[&[1]]),
                &tlv(SEQUENCE, &[self.certificate.issuer, self.certificate.serial]),
                &digest_algorithm(self.algorithm.hash()),
                // IMPLICIT: the SET's content under another tag.
                &[&[CONTEXT_0], signed].concat(),
                &signature_algorithm(self.algorithm),
                &tlv(OCTET_STRING, &[&signature]),
            ],
        ))
    }
}

/// The whole structure over id-data; `content` is left out of a detached signature, and the
/// certificates stand in this order. `None`: the signature has not the shape of its algorithm.
pub(crate) fn signed_data(
    content: Option<&[u8]>,
    certificates: &[&[u8]],
    signer: SignerInfo<'_>,
) -> Option<Vec<u8>> {
    let content = content.map(|octets| tlv(CONTEXT_0, &[&tlv(OCTET_STRING, &[octets])]));
    let signed_data = tlv(
        SEQUENCE,
        &[
            &tlv(INTEGER, &[&[1]]),
            &set_of(vec![digest_algorithm(signer.algorithm.hash())]),
            &tlv(SEQUENCE, &[&oid(db::rfc5911::ID_DATA), &content.unwrap_or_default()]),
            &tlv(CONTEXT_0, certificates),
            &set_of(vec![signer.encode()?]),
        ],
    );
    let signed_data = tlv(CONTEXT_0, &[&signed_data]);
    Some(tlv(SEQUENCE, &[&oid(db::rfc5911::ID_SIGNED_DATA), &signed_data]))
}

/// A digest's AlgorithmIdentifier (RFC 5754: parameters absent).
pub(crate) fn digest_algorithm(hash: Hash) -> Vec<u8> {
    tlv(SEQUENCE, &[&oid(hash.oid())])
}

/// RFC 5754: NULL parameters for RSA, none for ECDSA; RFC 4055 for PSS.
fn signature_algorithm(algorithm: SignatureAlgorithm) -> Vec<u8> {
    let parameters = match algorithm.key_kind() {
        wardkey_crypto::KeyKind::Rsa if algorithm.is_pss() => {
            let hash = algorithm.hash();
            pss_parameters(hash, &digest_algorithm(hash))
        }
        wardkey_crypto::KeyKind::Rsa => tlv(NULL, &[]),
        _ => Vec::new(),
    };
    tlv(SEQUENCE, &[&oid(algorithm.oid()), &parameters])
}

/// RSASSA-PSS-params (RFC 4055, section 3.1): hash, MGF1 with it, a salt of its length. `digest`
/// is the hash's AlgorithmIdentifier.
fn pss_parameters(hash: Hash, digest: &[u8]) -> Vec<u8> {
    let mask = tlv(SEQUENCE, &[&oid(db::rfc5912::ID_MGF_1), digest]);
    let salt = tlv(INTEGER, &[&hash.length().to_be_bytes()[size_of::<usize>() - 1..]]);
    tlv(
        SEQUENCE,
        &[&tlv(CONTEXT_0, &[digest]), &tlv(CONTEXT_1, &[&mask]), &tlv(CONTEXT_2, &[&salt])],
    )
}

pub(crate) fn attribute(kind: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&oid(kind), &set_of(vec![value.to_vec()])])
}

/// UTCTime up to the year 2049, GeneralizedTime after (RFC 5652, section 11.3). `None`: a time
/// that has no such form.
pub(crate) fn time(seconds: u64) -> Option<Vec<u8>> {
    let instant = DateTime::from_unix_duration(Duration::from_secs(seconds)).ok()?;
    match UtcTime::from_date_time(instant) {
        Ok(time) => time.to_der().ok(),
        Err(_) => GeneralizedTime::from_date_time(instant).to_der().ok(),
    }
}
