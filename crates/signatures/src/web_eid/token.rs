use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

use super::{TOKEN_LENGTH, WebEidError};

/// The token as it travels, JSON. Members of later minor versions are read over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// The signer's certificate: base64 of its DER.
    pub unverified_certificate: String,
    /// The signature algorithm's JWS name, such as `ES384`.
    pub algorithm: String,
    /// Base64 of the signature: RSA as it is, ECDSA as `r || s`.
    pub signature: String,
    /// `web-eid:1` or `web-eid:1.` and a minor version.
    pub format: String,
    /// Which program made it; proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
}

impl Token {
    /// Reads a token.
    ///
    /// # Errors
    /// [`WebEidError`] when it is shorter or longer than a token, is not JSON of its members, or
    /// is of another major version.
    pub fn parse(json: &str) -> Result<Self, WebEidError> {
        // serde would read an array for the members in their order.
        if !TOKEN_LENGTH.contains(&json.len()) || !json.trim_start().starts_with('{') {
            return Err(WebEidError::Malformed);
        }
        let token: Self = serde_json::from_str(json).map_err(|_| WebEidError::Malformed)?;
        let minor = token.format.strip_prefix("web-eid:1").ok_or(WebEidError::Format)?;
        let is_minor = minor.strip_prefix('.').is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit())
        });
        if minor.is_empty() || is_minor { Ok(token) } else { Err(WebEidError::Format) }
    }

    /// The token's JSON.
    ///
    /// # Errors
    /// [`WebEidError::Malformed`] when it is longer than a token may be.
    pub fn to_json(&self) -> Result<String, WebEidError> {
        let json = serde_json::to_string(self).map_err(|_| WebEidError::Malformed)?;
        if TOKEN_LENGTH.contains(&json.len()) { Ok(json) } else { Err(WebEidError::Malformed) }
    }

    /// The certificate that the token names, DER; nothing about it is proved.
    ///
    /// # Errors
    /// [`WebEidError::Malformed`] when it is not base64.
    pub fn certificate_der(&self) -> Result<Vec<u8>, WebEidError> {
        Base64::decode_vec(&self.unverified_certificate).map_err(|_| WebEidError::Malformed)
    }
}
