//! The login structure: what the login key signs to answer an Identity Server's challenge.
//!
//! A CMS SignedData (RFC 5652) in one fixed form: the challenge is its content, the user's
//! certificate is included, and the signed attributes are exactly contentType, messageDigest,
//! signingTime and [`BINDING`]:
//!
//! ```text
//! LoginBinding ::= SEQUENCE {
//!     label        UTF8String,              -- LABEL
//!     server       UTF8String,              -- the server's public base address
//!     transaction  UTF8String,              -- the server's log_session_id
//!     sessionKey   SubjectPublicKeyInfo }   -- P-256, proves later requests of the session
//! ```
//!
//! So an answer made for one server, transaction or purpose serves no other. SHA-256 for RSA and
//! P-256, SHA-384 for P-384. What agents before it send is read apart, by [`verify_legacy`], and
//! never made.
//!
//! ```
//! use wardkey_signatures::login::{self, Expected, LoginRequest};
//! # fn card(_: &[u8]) -> Vec<u8> { vec![0; 64] }
//! # fn example(certificate_der: &[u8], session_key_spki: &[u8]) -> Result<(), login::LoginError> {
//! let prepared = login::prepare(LoginRequest {
//!     challenge: &[7; 48],
//!     server: "https://identity.example",
//!     transaction: "aB3dE5fG7h",
//!     session_key_spki,
//!     certificate_der,
//!     signing_time: 1_795_468_800,
//! })?;
//! let answer = prepared.assemble(&card(prepared.to_be_signed()))?;
//!
//! let expected = Expected {
//!     challenge: &[7; 48],
//!     server: "https://identity.example",
//!     transaction: "aB3dE5fG7h",
//! };
//! let pending = login::verify(&answer, &expected)?;
//! assert_eq!(pending.obligations().len(), 1);
//! # Ok(())
//! # }
//! ```

mod legacy;
mod prepare;
mod structure;
mod verify;

pub use legacy::{LegacyPending, is_legacy, verify_legacy};
pub use prepare::{LoginRequest, Prepared, prepare};
pub use verify::{Expected, Pending, VerifiedLogin, verify};

use const_oid::ObjectIdentifier;

use crate::SigningInput;

/// The first field of the binding: purpose and version of the structure.
pub const LABEL: &str = "wardkey-login:1";
/// The signed attribute that binds an answer to server, transaction and session key.
pub const BINDING: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.25.3147265183");
/// How long a challenge may be, in octets.
pub const CHALLENGE_LENGTH: std::ops::RangeInclusive<usize> = 32..=1024;
/// How long a server's address and a transaction may be, in octets.
pub const TEXT_LENGTH: std::ops::RangeInclusive<usize> = 1..=512;
/// The longest login structure that is read, in octets.
pub const MAX_LENGTH: usize = 128 * 1024;

/// Why a login structure can't be made or does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The signature's algorithm is not the one that this project uses with the key.
    #[error("the algorithm is not the one for the certificate's key")]
    AlgorithmRefused,
    /// The certificate can't be read, or its key is of another kind than RSA, P-256 and P-384.
    #[error("the certificate can't be read")]
    Certificate,
    /// The challenge is shorter or longer than [`CHALLENGE_LENGTH`].
    #[error("the challenge has no acceptable length")]
    ChallengeLength,
    /// The messageDigest is not that of the content.
    #[error("the digest is not that of the challenge")]
    DigestMismatch,
    /// The octets could be taken for another format's.
    #[error("the octets to sign can be taken for {}", .0.as_str())]
    Foreign(SigningInput),
    /// The structure departs from its fixed form; the words name the part.
    #[error("the login structure is malformed: {0}")]
    Malformed(&'static str),
    /// The structure holds what was expected, but not in its one encoding.
    #[error("the login structure is not in its fixed form")]
    NotExact,
    /// The session key is not a P-256 SubjectPublicKeyInfo.
    #[error("the session key is not a P-256 key")]
    SessionKey,
    /// The signature has not the shape of its algorithm, or was not made by the certificate's key.
    #[error("the signature does not hold")]
    SignatureInvalid,
    /// The server's address or the transaction is empty or longer than [`TEXT_LENGTH`].
    #[error("the server or the transaction has no acceptable length")]
    TextLength,
    /// The signing time is outside of the years 1970 to 9999.
    #[error("the signing time can't be written")]
    Time,
    /// An answer to another challenge.
    #[error("an answer to another challenge")]
    WrongChallenge,
    /// Made for another purpose or version.
    #[error("made for another purpose")]
    WrongLabel,
    /// Made for another server.
    #[error("made for another server")]
    WrongServer,
    /// Made for another transaction.
    #[error("made for another transaction")]
    WrongTransaction,
}

#[cfg(test)]
mod tests;
