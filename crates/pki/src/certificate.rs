mod extensions;

use std::{fmt, ops::Range, sync::Arc};

use const_oid::ObjectIdentifier;
use der::{Decode as _, Reader as _, SliceReader, asn1::AnyRef};
use sha2::{Digest as _, Sha256};
use wardkey_crypto::{KeyKind, Obligation, SignatureAlgorithm};

use crate::{Name, ParseError, UnixTime, pem};

pub use extensions::{BasicConstraints, KeyUsage, KeyUsagePeriod};
pub(crate) use extensions::{DistributionPoint, decode, distribution_point, refuse_duplicates};
pub(crate) use extensions::{Extensions, PolicyRules};

/// An X.509 certificate (RFC 5280, section 4), parsed and otherwise not judged; cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    tbs: Range<usize>,
    spki: Range<usize>,
    serial: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: UnixTime,
    not_after: UnixTime,
    algorithm: Option<SignatureAlgorithm>,
    signature: Vec<u8>,
    rsa_bits: Option<u32>,
    extensions: Extensions,
}

impl Certificate {
    /// The longest certificate that is read, in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;
    /// The most certificates that [`Certificate::chain_from_pem`] reads.
    pub const MAX_CHAIN: usize = 256;

    /// Reads a DER certificate.
    ///
    /// # Errors
    /// [`ParseError`] when it is too large, is not a DER certificate, repeats an extension, or
    /// has an extension of a known kind that can't be read.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        if der.len() > Self::MAX_BYTES {
            return Err(ParseError::TooLarge);
        }
        let parsed = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        let parts = Parts::locate(der).map_err(malformed)?;
        let tbs = parsed.tbs_certificate();
        if tbs.signature() != parsed.signature_algorithm() {
            return Err(ParseError::AlgorithmMismatch);
        }
        let signature = parsed.signature().as_bytes().ok_or(ParseError::Malformed("signature"))?;
        let spki = &der[parts.spki.clone()];
        let inner = Inner {
            serial: tbs.serial_number().as_bytes().to_vec(),
            issuer: Name::from_x509(tbs.issuer(), &der[parts.issuer]),
            subject: Name::from_x509(tbs.subject(), &der[parts.subject]),
            not_before: tbs.validity().not_before.into(),
            not_after: tbs.validity().not_after.into(),
            algorithm: SignatureAlgorithm::from_oid(parsed.signature_algorithm().oid),
            signature: signature.to_vec(),
            rsa_bits: rsa_bits(spki),
            extensions: Extensions::read(tbs.extensions().map_or(&[], Vec::as_slice))?,
            tbs: parts.tbs,
            spki: parts.spki,
            der: der.to_vec(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Reads the first `CERTIFICATE` block of a PEM text (RFC 7468).
    ///
    /// # Errors
    /// As [`Certificate::from_der`], and [`ParseError::Pem`] when there is no such block.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, ParseError> {
        Self::chain_from_pem(pem)?.into_iter().next().ok_or(ParseError::Pem)
    }

    /// Reads every `CERTIFICATE` block of a PEM text, in their order; text around them is ignored.
    ///
    /// # Errors
    /// As [`Certificate::from_der`], and [`ParseError::Pem`] when a block can't be read.
    pub fn chain_from_pem(pem: impl AsRef<[u8]>) -> Result<Vec<Self>, ParseError> {
        let blocks = pem::blocks(pem.as_ref(), LABEL, Self::MAX_BYTES, Self::MAX_CHAIN)?;
        blocks.iter().map(|der| Self::from_der(der)).collect()
    }

    /// The DER encoding as it was read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The certificate as one PEM block.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(self.der(), LABEL)
    }

    /// The DER of the SubjectPublicKeyInfo as it was read.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.0.der[self.0.spki.clone()]
    }

    /// The kind of the public key. `None`: not one of ours.
    #[must_use]
    pub fn key_kind(&self) -> Option<KeyKind> {
        KeyKind::of_spki(self.spki())
    }

    /// The length of an RSA key's modulus in bits. `None`: the key is not RSA.
    #[must_use]
    pub fn rsa_bits(&self) -> Option<u32> {
        self.0.rsa_bits
    }

    /// The subject's name.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The subject's most specific commonName. `None`: there is none that is text.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.0.subject.common_name()
    }

    /// The content octets of the serial number: big-endian, two's complement.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The serial number in lower-case hexadecimal, two digits an octet, no separators.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        base16ct::lower::encode_string(&self.0.serial)
    }

    /// The first second of validity.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        self.0.not_before
    }

    /// The last second of validity.
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        self.0.not_after
    }

    /// keyUsage. `None`: not stated.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.extensions.key_usage
    }

    /// extendedKeyUsage. `None`: not stated.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[ObjectIdentifier]> {
        self.0.extensions.extended_key_usage.as_deref()
    }

    /// Whether extendedKeyUsage is marked critical, as a timestamp authority's has to be.
    #[must_use]
    pub fn extended_key_usage_is_critical(&self) -> bool {
        self.0.extensions.extended_key_usage_critical
    }

    /// The policies of certificatePolicies, in their order; empty when not stated.
    #[must_use]
    pub fn policies(&self) -> &[ObjectIdentifier] {
        self.0.extensions.policies.policies.as_deref().unwrap_or_default()
    }

    /// Whether certificatePolicies is marked critical, as it is in NHS signing certificates.
    #[must_use]
    pub fn policies_are_critical(&self) -> bool {
        self.0.extensions.policies.critical
    }

    /// basicConstraints. `None`: not stated.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.extensions.basic_constraints
    }

    /// Whether basicConstraints say that the subject is a certification authority.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.basic_constraints().is_some_and(|constraints| constraints.ca)
    }

    /// privateKeyUsagePeriod (RFC 3280, section 4.2.1.4). `None`: not stated.
    #[must_use]
    pub fn private_key_usage_period(&self) -> Option<KeyUsagePeriod> {
        self.0.extensions.key_usage_period
    }

    /// The URIs of cRLDistributionPoints, in their order and of any scheme.
    #[must_use]
    pub fn crl_urls(&self) -> Vec<&str> {
        let points = self.0.extensions.distribution_points.iter();
        points.flat_map(|point| point.urls.iter().map(String::as_str)).collect()
    }

    /// The OCSP URIs of authorityInfoAccess, in their order and of any scheme.
    #[must_use]
    pub fn ocsp_urls(&self) -> &[String] {
        &self.0.extensions.ocsp_urls
    }

    /// The caIssuers URIs of authorityInfoAccess, in their order and of any scheme.
    #[must_use]
    pub fn issuer_urls(&self) -> &[String] {
        &self.0.extensions.issuer_urls
    }

    /// Whether the certificate, one of an OCSP responder, asks not to be checked for revocation
    /// itself (id-pkix-ocsp-nocheck, RFC 6960, section 4.2.2.2.1).
    #[must_use]
    pub fn needs_no_check(&self) -> bool {
        self.0.extensions.no_check
    }

    /// subjectKeyIdentifier. `None`: not stated.
    #[must_use]
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_id.as_deref()
    }

    /// The keyIdentifier of authorityKeyIdentifier. `None`: not stated.
    #[must_use]
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_id.as_deref()
    }

    /// A critical extension that this crate does not understand. `None`: there is none.
    #[must_use]
    pub fn unknown_critical_extension(&self) -> Option<ObjectIdentifier> {
        self.0.extensions.unknown_critical
    }

    /// The SHA-256 of the DER encoding, 32 bytes.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.der()).into()
    }

    /// The SHA-256 of the DER encoding in lower-case hexadecimal, 64 digits.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        base16ct::lower::encode_string(&self.sha256())
    }

    /// The algorithm of the issuer's signature. `None`: not one of ours.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.0.algorithm
    }

    /// Whether subject and issuer are the same name (RFC 5280, section 6.1).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.subject == self.0.issuer
    }

    /// What has to hold for `issuer` to have signed this certificate. `None`: the algorithm is
    /// not one of ours, does not fit the issuer's key, or the signature has not its shape.
    #[must_use]
    pub fn obligation(&self, issuer: &Self) -> Option<Obligation> {
        let message = &self.0.der[self.0.tbs.clone()];
        signed(self.0.algorithm?, issuer, message, &self.0.signature)
    }

    pub(crate) fn policy_rules(&self) -> &PolicyRules {
        &self.0.extensions.policies
    }

    pub(crate) fn distribution_points(&self) -> &[DistributionPoint] {
        &self.0.extensions.distribution_points
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }
}

/// The obligation of a certificate's or list's signature.
pub(crate) fn signed(
    algorithm: SignatureAlgorithm,
    issuer: &Certificate,
    message: &[u8],
    signature: &[u8],
) -> Option<Obligation> {
    if issuer.key_kind() != Some(algorithm.key_kind()) {
        return None;
    }
    let signature = match algorithm.key_kind() {
        KeyKind::Rsa => signature.to_vec(),
        _ => Obligation::ecdsa_from_der(algorithm, signature)?,
    };
    Some(Obligation {
        algorithm,
        spki: issuer.spki().to_vec(),
        message: message.to_vec(),
        signature,
        issued: true,
    })
}

/// Two certificates are equal when their encodings are.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject(), self.serial_hex())
    }
}

/// Where the parts lie in the encoding. What is signed, hashed and compared is what was read,
/// never an encoding made anew.
struct Parts {
    tbs: Range<usize>,
    issuer: Range<usize>,
    subject: Range<usize>,
    spki: Range<usize>,
}

impl Parts {
    fn locate(der: &[u8]) -> der::Result<Self> {
        let outer = AnyRef::from_der(der)?.value();
        let tbs = SliceReader::new(outer)?.tlv_bytes()?;
        let mut fields = SliceReader::new(AnyRef::from_der(tbs)?.value())?;
        if fields.peek_byte() == Some(VERSION_TAG) {
            fields.tlv_bytes()?;
        }
        let (_serial, _algorithm) = (fields.tlv_bytes()?, fields.tlv_bytes()?);
        let issuer = fields.tlv_bytes()?;
        let _validity = fields.tlv_bytes()?;
        let (subject, spki) = (fields.tlv_bytes()?, fields.tlv_bytes()?);
        let range = |part: &[u8]| {
            let start = part.as_ptr() as usize - der.as_ptr() as usize;
            start..start + part.len()
        };
        Ok(Self {
            tbs: range(tbs),
            issuer: range(issuer),
            subject: range(subject),
            spki: range(spki),
        })
    }
}

fn rsa_bits(spki: &[u8]) -> Option<u32> {
    if KeyKind::of_spki(spki) != Some(KeyKind::Rsa) {
        return None;
    }
    let key = spki::SubjectPublicKeyInfoRef::try_from(spki).ok()?.subject_public_key;
    let mut fields = SliceReader::new(AnyRef::from_der(key.as_bytes()?).ok()?.value()).ok()?;
    let modulus: der::asn1::UintRef<'_> = fields.decode().ok()?;
    let bytes = modulus.as_bytes();
    let unused = bytes.first()?.leading_zeros();
    u32::try_from(bytes.len()).ok()?.checked_mul(8)?.checked_sub(unused)
}

fn malformed(_: der::Error) -> ParseError {
    ParseError::Malformed("the certificate")
}

const LABEL: &str = "CERTIFICATE";
/// `[0] EXPLICIT Version`, which a v1 certificate leaves out.
const VERSION_TAG: u8 = 0xa0;
