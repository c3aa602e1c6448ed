use serde::{Deserialize, Serialize};

use crate::limits::NONCE_LENGTH;

/// A relying party's challenge nonce: 44 to 128 visible ASCII characters, signed as text
/// (`web-eid:1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce(String);

/// A nonce of the wrong length or with characters outside visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a nonce has 44 to 128 visible ASCII characters")]
pub struct NonceError;

impl Nonce {
    /// The nonce's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Nonce {
    type Error = NonceError;

    fn try_from(text: String) -> Result<Self, NonceError> {
        let fits = NONCE_LENGTH.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err(NonceError) }
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        nonce.0
    }
}

#[cfg(feature = "bindings")]
mod bindings {
    use super::Nonce;
    crate::bindings::string_type!(
        Nonce,
        "format",
        "nonce",
        "A challenge of 44 to 128 visible ASCII characters."
    );
}
