use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use wardkey_pki::{Certificate, Crl, ObjectIdentifier, ParseError, UnixTime};
use wardkey_signatures::VerifyOptions;

/// What a verification relies on, as the page gives it; octets are base64 of DER.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// The certification authorities that are trusted.
    pub anchors: Vec<String>,
    /// Authorities that may stand between the signer and an anchor.
    #[serde(default)]
    pub intermediates: Vec<String>,
    /// Timestamp authorities that are trusted, or authorities above them.
    #[serde(default)]
    pub timestamp_anchors: Vec<String>,
    /// Revocation lists. Without a current one for each certificate the verdict is at best
    /// `indeterminate`.
    #[serde(default)]
    pub crls: Vec<String>,
    /// Certificate policies of which one has to hold, in dotted form; when empty, any does.
    #[serde(default)]
    pub required_policies: Vec<String>,
    /// The time of the verification, in seconds since 1970.
    pub time: u64,
    /// Admits SHA-1 and RSA from 1024 bits.
    #[serde(default)]
    pub legacy_sha1: bool,
}

/// What is wrong with what the page gave, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A signature algorithm that is not one of ours.
    #[error("algorithm: not one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512")]
    Algorithm,
    /// Not padded standard base64.
    #[error("{0}: not base64")]
    Base64(String),
    /// A certificate or a list that can't be read.
    #[error("{0}: {1}")]
    Der(String, ParseError),
    /// Not JSON of the options.
    #[error("options: {0}")]
    Json(String),
    /// Not an object identifier.
    #[error("{0}: not an object identifier")]
    Policy(String),
}

impl Options {
    /// Reads the options from JSON.
    ///
    /// # Errors
    ///
    /// [`InputError::Json`].
    pub fn from_json(json: &str) -> Result<Self, InputError> {
        serde_json::from_str(json).map_err(|error| InputError::Json(error.to_string()))
    }

    pub(super) fn read(&self) -> Result<VerifyOptions, InputError> {
        let policy = |(index, text): (usize, &String)| {
            ObjectIdentifier::new(text)
                .map_err(|_| InputError::Policy(format!("requiredPolicies[{index}]")))
        };
        Ok(VerifyOptions {
            anchors: each("anchors", &self.anchors, Certificate::from_der)?,
            intermediates: each("intermediates", &self.intermediates, Certificate::from_der)?,
            timestamp_anchors: each(
                "timestampAnchors",
                &self.timestamp_anchors,
                Certificate::from_der,
            )?,
            crls: each("crls", &self.crls, Crl::from_der)?,
            required_policies: self
                .required_policies
                .iter()
                .enumerate()
                .map(policy)
                .collect::<Result<_, _>>()?,
            time: UnixTime::from_seconds(self.time),
            legacy_sha1: self.legacy_sha1,
        })
    }
}

fn each<T>(
    name: &str,
    texts: &[String],
    read: impl Fn(&[u8]) -> Result<T, ParseError>,
) -> Result<Vec<T>, InputError> {
    let one = |(index, text): (usize, &String)| {
        let place = || format!("{name}[{index}]");
        let der = Base64::decode_vec(text).map_err(|_| InputError::Base64(place()))?;
        read(&der).map_err(|error| InputError::Der(place(), error))
    };
    texts.iter().enumerate().map(one).collect()
}
