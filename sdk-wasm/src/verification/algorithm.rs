use serde::Serialize;
use wardkey_crypto::SignatureAlgorithm;

/// An algorithm by the names of WebCrypto, for importing the key and for verifying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Algorithm {
    /// `RSASSA-PKCS1-v1_5`, `RSA-PSS` or `ECDSA`; empty for one that WebCrypto is not asked about, and whose
    /// signature therefore does not hold.
    pub name: &'static str,
    /// `SHA-1`, `SHA-256`, `SHA-384` or `SHA-512`.
    pub hash: &'static str,
    /// `P-256`, `P-384` or `P-521`; `None` for RSA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_curve: Option<&'static str>,
}

impl Algorithm {
    /// The names of an algorithm.
    #[must_use]
    pub fn of(algorithm: SignatureAlgorithm) -> Self {
        let (name, hash, named_curve) = match algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => (ECDSA, "SHA-256", Some("P-256")),
            SignatureAlgorithm::EcdsaP384Sha384 => (ECDSA, "SHA-384", Some("P-384")),
            SignatureAlgorithm::EcdsaP521Sha512 => (ECDSA, "SHA-512", Some("P-521")),
            SignatureAlgorithm::RsaPkcs1Sha1 => (RSA, "SHA-1", None),
            SignatureAlgorithm::RsaPkcs1Sha256 => (RSA, "SHA-256", None),
            SignatureAlgorithm::RsaPkcs1Sha384 => (RSA, "SHA-384", None),
            SignatureAlgorithm::RsaPkcs1Sha512 => (RSA, "SHA-512", None),
            SignatureAlgorithm::RsaPssSha256 => (PSS, "SHA-256", None),
            SignatureAlgorithm::RsaPssSha384 => (PSS, "SHA-384", None),
            SignatureAlgorithm::RsaPssSha512 => (PSS, "SHA-512", None),
            // The enum may grow.
            _ => ("", "", None),
        };
        Self { name, hash, named_curve }
    }
}

const ECDSA: &str = "ECDSA";
const PSS: &str = "RSA-PSS";
const RSA: &str = "RSASSA-PKCS1-v1_5";
