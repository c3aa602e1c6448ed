use std::fmt;

use const_oid::ObjectIdentifier;
use der::{
    Encode as _,
    asn1::{Int, Null, OctetString},
};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoRef};
use x509_cert::ext::Extension;

use super::wire;
use crate::{Certificate, Name, ParseError};

/// A question for the status of one certificate (RFC 6960, section 4.1). Not signed.
#[derive(Clone)]
pub struct OcspRequest {
    /// The issuer's name as the certificate states it.
    issuer_name: Name,
    issuer: Certificate,
    serial: Vec<u8>,
    id: wire::CertId,
    id_der: Vec<u8>,
    nonce: Option<[u8; OcspRequest::NONCE_BYTES]>,
    der: Vec<u8>,
}

/// How a request names the issuer; a name, not a signature: who could make a second issuer of
/// the same hash would still lack its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OcspHash {
    /// What every responder understands (RFC 5019, section 2.1.1).
    #[default]
    Sha1,
    /// RFC 6960; not known to all responders.
    Sha256,
}

impl OcspRequest {
    /// The length of a nonce in bytes (RFC 9654, section 2.1).
    pub const NONCE_BYTES: usize = 32;

    /// Asks for `certificate`, which `issuer` issued, without a nonce: the answer may then come
    /// from a cache.
    ///
    /// # Errors
    /// [`ParseError`] when `issuer` is not of the name that the certificate states, or its key
    /// can't be read.
    pub fn new(
        certificate: &Certificate,
        issuer: &Certificate,
        hash: OcspHash,
    ) -> Result<Self, ParseError> {
        if certificate.issuer() != issuer.subject() {
            return Err(ParseError::Malformed("the issuer of the certificate"));
        }
        let id = wire::CertId {
            hash_algorithm: hash.algorithm(),
            issuer_name_hash: octets(hash.digest(certificate.issuer().der()))?,
            issuer_key_hash: octets(hash.digest(&key_bits(issuer)?))?,
            serial_number: Int::new(certificate.serial()).map_err(unwritable)?,
        };
        let request = Self {
            issuer_name: certificate.issuer().clone(),
            issuer: issuer.clone(),
            serial: certificate.serial().to_vec(),
            id_der: id.to_der().map_err(unwritable)?,
            id,
            nonce: None,
            der: Vec::new(),
        };
        Ok(Self { der: request.encode()?, ..request })
    }

    /// The same with this nonce, which has to be fresh and random; an answer without it is then
    /// refused, so that only responders that answer each request anew will do.
    ///
    /// # Errors
    /// [`ParseError`] when it can't be encoded.
    pub fn with_nonce(self, nonce: [u8; Self::NONCE_BYTES]) -> Result<Self, ParseError> {
        let request = Self { nonce: Some(nonce), ..self };
        Ok(Self { der: request.encode()?, ..request })
    }

    /// The DER of the OCSPRequest: the body of a POST with
    /// [`OcspRequest::CONTENT_TYPE`] (RFC 6960, appendix A.1).
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The DER of the CertID: the same for each request for the same certificate.
    #[must_use]
    pub fn cert_id(&self) -> &[u8] {
        &self.id_der
    }

    /// The media type of a request.
    pub const CONTENT_TYPE: &str = "application/ocsp-request";

    pub(super) fn id(&self) -> &wire::CertId {
        &self.id
    }

    pub(super) fn issuer(&self) -> &Certificate {
        &self.issuer
    }

    pub(super) fn issuer_name(&self) -> &Name {
        &self.issuer_name
    }

    pub(super) fn serial(&self) -> &[u8] {
        &self.serial
    }

    pub(super) fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_ref().map(<[u8; Self::NONCE_BYTES]>::as_slice)
    }

    fn encode(&self) -> Result<Vec<u8>, ParseError> {
        let nonce = self.nonce.map(|nonce| -> Result<Extension, ParseError> {
            let value = octets(nonce.to_vec())?.to_der().map_err(unwritable)?;
            Ok(Extension { extn_id: NONCE, critical: false, extn_value: octets(value)? })
        });
        let request = wire::OcspRequest {
            tbs_request: wire::TbsRequest {
                request_list: vec![wire::Request { req_cert: self.id.clone() }],
                request_extensions: nonce.transpose()?.map(|nonce| vec![nonce]),
            },
        };
        request.to_der().map_err(unwritable)
    }
}

impl fmt::Debug for OcspRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspRequest({}, serial {:02x?})", self.issuer_name, self.serial)
    }
}

impl OcspHash {
    fn algorithm(self) -> AlgorithmIdentifierOwned {
        let oid = match self {
            Self::Sha1 => SHA1,
            Self::Sha256 => SHA256,
        };
        AlgorithmIdentifierOwned { oid, parameters: Some(Null.into()) }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }
}

/// The SHA-1 by which a responder may name its key (RFC 6960, section 4.2.1).
pub(super) fn key_hash(certificate: &Certificate) -> Result<Vec<u8>, ParseError> {
    Ok(OcspHash::Sha1.digest(&key_bits(certificate)?))
}

/// The value of the subjectPublicKey, without tag, length and number of unused bits.
fn key_bits(certificate: &Certificate) -> Result<Vec<u8>, ParseError> {
    let malformed = ParseError::Malformed("the issuer's key");
    let spki = SubjectPublicKeyInfoRef::try_from(certificate.spki()).map_err(|_| malformed)?;
    Ok(spki.subject_public_key.as_bytes().ok_or(malformed)?.to_vec())
}

fn octets(bytes: Vec<u8>) -> Result<OctetString, ParseError> {
    OctetString::new(bytes).map_err(unwritable)
}

fn unwritable(_: der::Error) -> ParseError {
    ParseError::Malformed("the OCSP request")
}

/// id-pkix-ocsp-nonce (RFC 9654).
pub(super) const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
