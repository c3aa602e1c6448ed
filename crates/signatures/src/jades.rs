//! JAdES baseline signatures, B-B and B-T (ETSI TS 119 182-1): JWS with the signer's certificate and
//! the time in its protected header; and plain JWS (RFC 7515) with the certificate and no time.
//! Compact or JSON, the document inside or beside it.

mod header;
mod prepare;
mod timestamped;
#[cfg(feature = "verify")]
mod verify;

use serde::{Deserialize, Serialize};

use crate::json::One;
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

/// The flattened JSON serialization (RFC 7515, section 7.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Flattened {
    /// Missing when the document stands beside the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    protected: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<timestamped::Unprotected>,
    signature: String,
}

/// The JSON serializations (sections 7.2.1 and 7.2.2), read without a tree of whatever else somebody
/// put there, which could be many times the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    #[serde(default)]
    payload: Option<String>,
    #[serde(default)]
    protected: Option<String>,
    #[serde(default)]
    header: Option<timestamped::Unprotected>,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    signatures: Option<One<GeneralSignature>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GeneralSignature {
    protected: String,
    #[serde(default)]
    header: Option<timestamped::Unprotected>,
    signature: String,
}

impl Flattened {
    /// Any serialization, with one signature.
    ///
    /// # Errors
    /// What it is not.
    fn read(jws: &[u8]) -> Result<Self, String> {
        let text = jws.trim_ascii();
        if text.first() == Some(&b'{') {
            return Self::read_json(text);
        }
        let text = std::str::from_utf8(text).map_err(|_| "no text")?;
        let parts: Vec<&str> = text.splitn(4, '.').collect();
        let [protected, payload, signature] = parts[..] else {
            return Err("neither compact nor JSON".to_owned());
        };
        let payload = Some(payload.to_owned()).filter(|payload| !payload.is_empty());
        let (protected, signature) = (protected.to_owned(), signature.to_owned());
        Ok(Self { payload, protected, header: None, signature })
    }

    fn read_json(text: &[u8]) -> Result<Self, String> {
        let json = serde_json::from_slice(text);
        // An error can quote a member's name, of whatever length.
        let brief = |error: serde_json::Error| error.to_string().chars().take(MAX_ERROR).collect();
        match json.map_err::<String, _>(brief)? {
            Json { payload, protected, header, signature, signatures: None } => {
                let protected = protected.ok_or("the header is missing")?;
                let signature = signature.ok_or("the signature is missing")?;
                Ok(Self { payload, protected, header, signature })
            }
            Json {
                payload,
                protected: None,
                header: None,
                signature: None,
                signatures: Some(One(one)),
            } => {
                let GeneralSignature { protected, header, signature } = one;
                Ok(Self { payload, protected, header, signature })
            }
            Json { .. } => Err("both flattened and general".to_owned()),
        }
    }
}

/// The certificates of the protected header, DER, unverified. `None`: there is no such header.
#[cfg(feature = "verify")]
pub(crate) fn certificates(jws: &[u8]) -> Option<Vec<Vec<u8>>> {
    let whole = Flattened::read(jws).ok()?;
    Some(header::Header::read(&whole.protected).ok()?.certificates)
}

/// The longest error in characters.
const MAX_ERROR: usize = 200;

#[cfg(test)]
mod tests;
