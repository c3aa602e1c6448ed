//! Compact JWS (RFC 7515) with nothing left to the token: the algorithm and the type are the
//! caller's, and the header holds `alg`, `typ` and `kid` and no other member.
//!
//! ```
//! use wardkey_crypto::SignatureAlgorithm;
//! use wardkey_signatures::jws::{self, Expected, Unverified};
//! # fn session_key(_: &[u8]) -> Vec<u8> { vec![0; 64] }
//! # fn key_of(_: &str) -> Option<Vec<u8>> { Some(wardkey_crypto_example_key()) }
//! # fn wardkey_crypto_example_key() -> Vec<u8> {
//! #     let hex = "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
//! #     (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
//! # }
//!
//! let header = br#"{"alg":"ES256","typ":"wardkey-session+jwt","kid":"s1"}"#;
//! let prepared = jws::prepare(header, br#"{"seq":1}"#);
//! let token = prepared.assemble(&session_key(prepared.to_be_signed()));
//!
//! let expected = Expected {
//!     algorithm: SignatureAlgorithm::EcdsaP256Sha256,
//!     typ: Some("wardkey-session+jwt"),
//! };
//! let unverified = Unverified::read(&token, &expected)?;
//! let spki = unverified.kid().and_then(key_of).ok_or("unknown key")?;
//! let pending = unverified.verify(&spki)?;
//! assert_eq!(pending.obligations().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod header;
mod prepare;
mod verify;

pub use prepare::{Prepared, prepare};
pub use verify::{Expected, Pending, Unverified, Verified};

use wardkey_crypto::SignatureAlgorithm;

/// The longest token that is read, in octets.
pub const MAX_LENGTH: usize = 64 * 1024;
/// The longest protected header that is read, in octets of JSON.
pub const MAX_HEADER: usize = 1024;

/// Why a JWS can't be made or does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// The algorithm is not the expected one, or none of ours.
    #[error("algorithm refused")]
    AlgorithmRefused,
    /// The header is no JSON object, or has another member than `alg`, `typ` and `kid`, or one of
    /// them twice.
    #[error("header refused")]
    Header,
    /// The key is not of the kind that the algorithm needs.
    #[error("the key does not fit the algorithm")]
    KeyMismatch,
    /// Not three parts of base64url without padding.
    #[error("not a compact JWS")]
    Malformed,
    /// The signature has not the shape of its algorithm, or was not made by the key.
    #[error("the signature does not hold")]
    SignatureInvalid,
    /// Longer than [`MAX_LENGTH`].
    #[error("too long")]
    TooLong,
    /// The `typ` is not the expected one.
    #[error("of another type")]
    WrongType,
}

/// The `alg` of RFC 7518, section 3.1. `None`: it has none here.
#[must_use]
pub fn algorithm_name(algorithm: SignatureAlgorithm) -> Option<&'static str> {
    ALGORITHMS.iter().find(|(known, _)| *known == algorithm).map(|(_, name)| *name)
}

/// The algorithm of such a name. `None`: none that is made or verified here, as `none` and those
/// whose key is a secret.
#[must_use]
pub fn algorithm_named(name: &str) -> Option<SignatureAlgorithm> {
    ALGORITHMS.iter().find(|(_, known)| *known == name).map(|(algorithm, _)| *algorithm)
}

const ALGORITHMS: [(SignatureAlgorithm, &str); 9] = [
    (SignatureAlgorithm::EcdsaP256Sha256, "ES256"),
    (SignatureAlgorithm::EcdsaP384Sha384, "ES384"),
    (SignatureAlgorithm::EcdsaP521Sha512, "ES512"),
    (SignatureAlgorithm::RsaPssSha256, "PS256"),
    (SignatureAlgorithm::RsaPssSha384, "PS384"),
    (SignatureAlgorithm::RsaPssSha512, "PS512"),
    (SignatureAlgorithm::RsaPkcs1Sha256, "RS256"),
    (SignatureAlgorithm::RsaPkcs1Sha384, "RS384"),
    (SignatureAlgorithm::RsaPkcs1Sha512, "RS512"),
];

#[cfg(test)]
mod tests;
