use serde::{Deserialize, Serialize};
use x509_cert::{
    Certificate,
    der::{Decode as _, Reader as _, SliceReader, asn1::UintRef, oid::ObjectIdentifier},
    ext::pkix::{KeyUsage, KeyUsages},
    spki::SubjectPublicKeyInfoOwned,
};

/// A key's identifier on its token (`CKA_ID`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyId(pub Vec<u8>);

/// A certificate on a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardCertificate {
    /// The key that belongs to it.
    pub key: KeyId,
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// What the certificate's key usage lets the key do here.
    pub uses: KeyUses,
    /// The certified key's algorithm.
    pub algorithm: KeyAlgorithm,
    /// Whether the key demands the passcode at each signature (`CKA_ALWAYS_AUTHENTICATE`); `None`
    /// where the token shows its private keys only after login. Signing asks again by itself.
    pub always_authenticate: Option<bool>,
}

/// What a key may do here, by its certificate's `keyUsage` (RFC 5280, section 4.2.1.3). The two
/// exclude each other: the login certificate never signs content, nor the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUses {
    /// `digitalSignature` without `contentCommitment`.
    pub login: bool,
    /// `contentCommitment` (nonRepudiation).
    pub content_commitment: bool,
}

/// A certified key's algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// ECDSA on P-256.
    EcP256,
    /// ECDSA on P-384.
    EcP384,
    /// ECDSA on P-521.
    EcP521,
    /// Another one.
    Other,
    /// RSA.
    Rsa {
        /// The modulus's length in bits.
        bits: u16,
    },
}

impl CardCertificate {
    /// A certificate with the uses that its own extension gives. `None` when it is no certificate.
    #[must_use]
    pub fn read(key: KeyId, der: Vec<u8>) -> Option<Self> {
        let certificate = Certificate::from_der(&der).ok()?;
        let uses = KeyUses::of(&certificate)?;
        let algorithm = KeyAlgorithm::of(certificate.tbs_certificate().subject_public_key_info());
        Some(Self { key, der, uses, algorithm, always_authenticate: None })
    }
}

/// The common name of a certificate's subject (RFC 5280, section 4.1.2.6).
pub(crate) fn common_name(der: &[u8]) -> Option<String> {
    let certificate = Certificate::from_der(der).ok()?;
    let name = certificate.tbs_certificate().subject().common_name().ok()??;
    Some(name.value().into_owned())
}

/// A certificate's serial number (RFC 5280, section 4.1.2.2), in hexadecimal.
pub(crate) fn serial_number(der: &[u8]) -> Option<String> {
    let certificate = Certificate::from_der(der).ok()?;
    let number = certificate.tbs_certificate().serial_number().as_bytes();
    Some(base16ct::upper::encode_string(number))
}

impl KeyUses {
    /// None without a `keyUsage`; no answer where the extension cannot be read or is there twice.
    fn of(certificate: &Certificate) -> Option<Self> {
        let usage = certificate.tbs_certificate().get_extension::<KeyUsage>().ok()?;
        let has = |bit| usage.as_ref().is_some_and(|(_, usage)| usage.0.contains(bit));
        let content_commitment = has(KeyUsages::NonRepudiation);
        Some(Self {
            login: has(KeyUsages::DigitalSignature) && !content_commitment,
            content_commitment,
        })
    }
}

impl KeyAlgorithm {
    fn of(key: &SubjectPublicKeyInfoOwned) -> Self {
        match key.algorithm.oid {
            RSA_ENCRYPTION => rsa_bits(key).map_or(Self::Other, |bits| Self::Rsa { bits }),
            EC_PUBLIC_KEY => {
                let parameters = key.algorithm.parameters.as_ref();
                match parameters.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok()) {
                    Some(SECP256R1) => Self::EcP256,
                    Some(SECP384R1) => Self::EcP384,
                    Some(SECP521R1) => Self::EcP521,
                    _ => Self::Other,
                }
            }
            _ => Self::Other,
        }
    }
}

/// The length of the modulus in an `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn rsa_bits(key: &SubjectPublicKeyInfoOwned) -> Option<u16> {
    let mut reader = SliceReader::new(key.subject_public_key.as_bytes()?).ok()?;
    let modulus = reader
        .sequence(|reader| {
            let modulus = UintRef::decode(reader)?;
            UintRef::decode(reader)?;
            Ok::<_, x509_cert::der::Error>(modulus)
        })
        .ok()?;
    let octets = modulus.as_bytes();
    let leading = octets.first()?.leading_zeros();
    u16::try_from(octets.len() * 8).ok()?.checked_sub(u16::try_from(leading).ok()?)
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const SECP521R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

#[cfg(test)]
mod tests;
