//! JAdES baseline signatures, B-B and B-T (ETSI TS 119 182-1): JWS with the signer's certificate and the
//! time in its protected header; compact or flattened JSON, the document inside or beside it.

mod prepare;
mod timestamped;
#[cfg(feature = "verify")]
mod verify;

use serde::{Deserialize, Serialize};
use wardkey_crypto::SignatureAlgorithm;

#[cfg(feature = "verify")]
pub use crate::judgement::Pending;
pub use prepare::{Prepared, Request, Serialization, prepare};
#[cfg(feature = "verify")]
pub(crate) use timestamped::timestamp_token;
pub use timestamped::{timestamp_imprint, with_timestamp};
#[cfg(feature = "verify")]
pub use verify::verify;

/// Why there is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JadesError {
    /// The certificate can't be read, or its key is none that signs here.
    #[error("the certificate's key is none that signs here")]
    Certificate,
    /// The header can't be written.
    #[error("the header can't be written")]
    Header,
    /// Not a JAdES signature.
    #[error("not a JAdES signature")]
    Malformed,
}

/// The protected header, with the members of ETSI TS 119 182-1, section 5, that are made and read
/// here, and no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cty: Option<String>,
    /// Seconds since 1970.
    iat: u64,
    #[serde(default, rename = "srCms", skip_serializing_if = "Option::is_none")]
    commitments: Option<Vec<CommitmentMember>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typ: Option<String>,
    /// The signer's certificate first, each in base64.
    x5c: Vec<String>,
    /// The SHA-256 of the signer's certificate, in base64url.
    #[serde(rename = "x5t#S256")]
    x5t: String,
}

/// A member of `srCms` (section 5.2.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitmentMember {
    #[serde(rename = "commId")]
    id: ObjectId,
}

/// `oId` (section 5.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ObjectId {
    id: String,
}

/// The flattened JSON serialization (RFC 7515, section 7.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flattened {
    /// Missing when the document stands beside the signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    protected: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<timestamped::Unprotected>,
    signature: String,
}

/// The JOSE name (RFC 7518, section 3.1). `None`: not one that signs content.
fn jose_name(algorithm: SignatureAlgorithm) -> Option<&'static str> {
    NAMES.iter().find(|(_, known)| *known == algorithm).map(|(name, _)| *name)
}

#[cfg(feature = "verify")]
fn from_jose(name: &str) -> Option<SignatureAlgorithm> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm)
}

const NAMES: [(&str, SignatureAlgorithm); 9] = [
    ("ES256", SignatureAlgorithm::EcdsaP256Sha256),
    ("ES384", SignatureAlgorithm::EcdsaP384Sha384),
    ("ES512", SignatureAlgorithm::EcdsaP521Sha512),
    ("PS256", SignatureAlgorithm::RsaPssSha256),
    ("PS384", SignatureAlgorithm::RsaPssSha384),
    ("PS512", SignatureAlgorithm::RsaPssSha512),
    ("RS256", SignatureAlgorithm::RsaPkcs1Sha256),
    ("RS384", SignatureAlgorithm::RsaPkcs1Sha384),
    ("RS512", SignatureAlgorithm::RsaPkcs1Sha512),
];
/// The one header parameter of JAdES that is made here; those are named in `crit`.
const COMMITMENTS: &str = "srCms";

#[cfg(test)]
mod tests;
