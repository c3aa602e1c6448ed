use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Octets that travel as padded standard base64 (RFC 4648, section 4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Base64(pub Vec<u8>);

impl Base64 {
    /// The base64 text.
    #[must_use]
    pub fn encode(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// The octets of base64 text; `None` when it is not strict padded base64.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().map(Self)
    }
}

impl From<Vec<u8>> for Base64 {
    fn from(octets: Vec<u8>) -> Self {
        Self(octets)
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.encode())
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::decode(&text).ok_or_else(|| D::Error::custom("not base64"))
    }
}

#[cfg(feature = "bindings")]
mod bindings {
    use super::Base64;
    crate::bindings::string_type!(
        Base64,
        "contentEncoding",
        "base64",
        "Octets as padded standard base64 (RFC 4648, section 4)."
    );
}

#[cfg(test)]
mod tests;
