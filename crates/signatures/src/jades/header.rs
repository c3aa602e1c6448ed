#[cfg(feature = "verify")]
mod read;

use serde::Serialize;

#[cfg(feature = "verify")]
pub(super) use read::Header;

/// The protected header that is made here: the members of RFC 7515, section 4.1, and of ETSI TS 119
/// 182-1, section 5.
#[derive(Serialize)]
pub(super) struct NewHeader {
    pub(super) alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) crit: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cty: Option<String>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) iat: Option<u64>,
    #[serde(rename = "srCms", skip_serializing_if = "Option::is_none")]
    pub(super) commitments: Option<[NewCommitment; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) typ: Option<&'static str>,
    /// The signer's certificate first, each in base64.
    pub(super) x5c: Vec<String>,
    /// The SHA-256 of the signer's certificate, in base64url.
    #[serde(rename = "x5t#S256")]
    pub(super) x5t: String,
}

/// A member of `srCms` (section 5.2.3).
#[derive(Serialize)]
pub(super) struct NewCommitment {
    #[serde(rename = "commId")]
    pub(super) id: NewObjectId,
}

/// `oId` (section 5.4.1).
#[derive(Serialize)]
pub(super) struct NewObjectId {
    pub(super) id: &'static str,
}

/// The header parameter of JAdES that is made here; those are named in `crit`.
pub(super) const COMMITMENTS: &str = "srCms";
