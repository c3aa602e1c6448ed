use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Flattened, JadesError};

/// The unprotected header, which holds `etsiU` and nothing else (ETSI TS 119 182-1, section 5.3.1):
/// whatever else it held, nobody would have signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unprotected {
    #[serde(rename = "etsiU")]
    components: Vec<Component>,
}

/// A member of `etsiU`, in base64url or in clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Component {
    Encoded(String),
    Clear(Value),
}

/// The component `sigTst` (section 5.3.4).
#[derive(Serialize, Deserialize)]
struct SignatureTimestamp {
    #[serde(rename = "sigTst")]
    container: Container,
}

/// `tstContainer` (section 5.4.3).
#[derive(Serialize, Deserialize)]
struct Container {
    #[serde(rename = "tstTokens")]
    tokens: Vec<Token>,
}

#[derive(Serialize, Deserialize)]
struct Token {
    val: String,
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
    let tokens = vec![Token { val: Base64::encode_string(token) }];
    let component = SignatureTimestamp { container: Container { tokens } };
    let component = serde_json::to_vec(&component).map_err(|_| JadesError::Header)?;
    let component = Component::Encoded(Base64UrlUnpadded::encode_string(&component));
    whole.header = Some(Unprotected { components: vec![component] });
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
        for component in self.components.iter().take(MAX_COMPONENTS) {
            let clear = match component {
                Component::Clear(value) => Some(value.clone()),
                Component::Encoded(text) => Base64UrlUnpadded::decode_vec(text)
                    .ok()
                    .and_then(|json| serde_json::from_slice(&json).ok()),
            };
            let clear = clear.ok_or(JadesError::Malformed)?;
            if clear.get("sigTst").is_none() {
                continue;
            }
            let read: SignatureTimestamp =
                serde_json::from_value(clear).map_err(|_| JadesError::Malformed)?;
            let token = read.container.tokens.first().ok_or(JadesError::Malformed)?;
            let token = Base64::decode_vec(&token.val).map_err(|_| JadesError::Malformed)?;
            return Ok(Some(token));
        }
        Ok(None)
    }
}

#[cfg(feature = "verify")]
const MAX_COMPONENTS: usize = 32;
