use std::fmt;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{Flattened, JadesError};
use crate::json::Few;

/// The unprotected header, which holds `etsiU` and nothing else (ETSI TS 119 182-1, section 5.3.1):
/// whatever else it held, nobody would have signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unprotected {
    #[serde(rename = "etsiU")]
    components: Few<Component>,
}

/// A member of `etsiU`, in base64url or in clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Component {
    Encoded(String),
    Clear(Clear),
}

/// A component as far as it is read here: `sigTst` (section 5.3.4), or nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Clear {
    #[serde(default, rename = "sigTst", skip_serializing_if = "Option::is_none")]
    timestamp: Option<Container>,
}

/// `tstContainer` (section 5.4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Container {
    #[serde(rename = "tstTokens")]
    tokens: Few<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Token {
    val: String,
}

impl<'de> Deserialize<'de> for Component {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfComponent)
    }
}

struct OfComponent;

impl<'de> Visitor<'de> for OfComponent {
    type Value = Component;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a component, in base64url or in clear")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Component, E> {
        Ok(Component::Encoded(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Component, A::Error> {
        Clear::deserialize(MapAccessDeserializer::new(members)).map(Component::Clear)
    }
}

/// What a timestamp over a JAdES signature is over: the signature in base64url, as it is written
/// (section 5.3.4).
///
/// # Errors
/// [`JadesError::Malformed`] when it is no JAdES signature.
pub fn timestamp_imprint(jades: &[u8]) -> Result<Vec<u8>, JadesError> {
    let whole = Flattened::read(jades).map_err(|_| JadesError::Malformed)?;
    Ok(whole.signature.into_bytes())
}

/// A B-T signature, flattened JSON: a B-B one with a timestamp's token, DER, in place of whatever
/// its unprotected header held.
///
/// # Errors
/// [`JadesError::Malformed`] when it is no JAdES signature.
pub fn with_timestamp(jades: &[u8], token: &[u8]) -> Result<Vec<u8>, JadesError> {
    let mut whole = Flattened::read(jades).map_err(|_| JadesError::Malformed)?;
    let tokens = Few(vec![Token { val: Base64::encode_string(token) }]);
    let component = Clear { timestamp: Some(Container { tokens }) };
    let component = serde_json::to_vec(&component).map_err(|_| JadesError::Header)?;
    let component = Component::Encoded(Base64UrlUnpadded::encode_string(&component));
    whole.header = Some(Unprotected { components: Few(vec![component]) });
    serde_json::to_vec(&whole).map_err(|_| JadesError::Header)
}

/// The timestamp's token of a signature, DER, unverified. `None`: it has none.
#[cfg(feature = "verify")]
pub(crate) fn timestamp_token(jades: &[u8]) -> Option<Vec<u8>> {
    Flattened::read(jades).ok()?.header?.token().ok()?
}

#[cfg(feature = "verify")]
impl Unprotected {
    /// The first signature timestamp's token, DER.
    ///
    /// # Errors
    /// [`JadesError::Malformed`] when there is one that can't be read.
    pub(super) fn token(&self) -> Result<Option<Vec<u8>>, JadesError> {
        for component in &self.components.0 {
            let decoded: Clear;
            let clear = match component {
                Component::Clear(clear) => clear,
                Component::Encoded(text) => {
                    let json = Base64UrlUnpadded::decode_vec(text);
                    let json = json.map_err(|_| JadesError::Malformed)?;
                    decoded = serde_json::from_slice(&json).map_err(|_| JadesError::Malformed)?;
                    &decoded
                }
            };
            let Some(container) = &clear.timestamp else { continue };
            let token = container.tokens.0.first().ok_or(JadesError::Malformed)?;
            let token = Base64::decode_vec(&token.val).map_err(|_| JadesError::Malformed)?;
            return Ok(Some(token));
        }
        Ok(None)
    }
}
