use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::OAuthError;

/// A PKCE challenge by the method S256, the only one served (RFC 7636; RFC 9700, section 2.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`.
    ///
    /// # Errors
    /// `invalid_request` when there is none, or not by S256.
    pub fn read(challenge: Option<&str>, method: Option<&str>) -> Result<Self, OAuthError> {
        let challenge = challenge.ok_or(OAuthError::request("code_challenge is missing"))?;
        if method != Some("S256") {
            return Err(OAuthError::request("code_challenge_method has to be S256"));
        }
        match Base64UrlUnpadded::decode_vec(challenge) {
            Ok(hash) if hash.len() == 32 => Ok(Self(challenge.to_owned())),
            _ => Err(OAuthError::request("code_challenge is not a SHA-256 in base64url")),
        }
    }

    /// A challenge as it was stored.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The challenge in base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this verifier is the challenge's (RFC 7636, section 4.6).
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let unreserved = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
        let formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(verifier));
        formed && challenge.as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests;
