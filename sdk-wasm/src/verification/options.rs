use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use wardkey_pki::{
    Certificate, Crl, ObjectIdentifier, OcspError, OcspResponse, ParseError, UnixTime,
};
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
    /// What OCSP responders answered, each for one or several certificates.
    #[serde(default)]
    pub ocsp_responses: Vec<String>,
    /// Certificate policies of which one has to hold, in dotted form; when empty, any does.
    #[serde(default)]
    pub required_policies: Vec<String>,
    /// The time of the verification, in seconds since 1970.
    pub time: u64,
    /// Admits SHA-1.
    #[serde(default)]
    pub legacy_sha1: bool,
    /// Admits RSA from 1024 bits.
    #[serde(default)]
    pub legacy_rsa_1024: bool,
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
    /// An OCSP response that can't be read, or that refuses to answer.
    #[error("{0}: {1}")]
    Ocsp(String, OcspError),
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

    /// For a signature by one of these certificates, which nobody vouches for.
    pub(super) fn read(&self, claimed: &[Certificate]) -> Result<VerifyOptions, InputError> {
        let policy = |(index, text): (usize, &String)| {
            ObjectIdentifier::new(text)
                .map_err(|_| InputError::Policy(format!("requiredPolicies[{index}]")))
        };
        let certificates = |name: &str, texts: &[String]| {
            each(name, texts, |der: &[u8]| Certificate::from_der(der))
        };
        let anchors = certificates("anchors", &self.anchors)?;
        let intermediates = certificates("intermediates", &self.intermediates)?;
        let timestamp_anchors = certificates("timestampAnchors", &self.timestamp_anchors)?;
        let known = [claimed, &intermediates, &anchors, &timestamp_anchors].concat();
        let responses = each("ocspResponses", &self.ocsp_responses, OcspResponse::from_der)?;
        Ok(VerifyOptions {
            anchors,
            intermediates,
            timestamp_anchors,
            crls: each("crls", &self.crls, Crl::from_der)?,
            ocsp_answers: responses.iter().flat_map(|response| response.answers(&known)).collect(),
            required_policies: self
                .required_policies
                .iter()
                .enumerate()
                .map(policy)
                .collect::<Result<_, _>>()?,
            time: UnixTime::from_seconds(self.time),
            legacy_sha1: self.legacy_sha1,
            legacy_rsa_1024: self.legacy_rsa_1024,
        })
    }
}

impl From<(String, ParseError)> for InputError {
    fn from((place, error): (String, ParseError)) -> Self {
        Self::Der(place, error)
    }
}

impl From<(String, OcspError)> for InputError {
    fn from((place, error): (String, OcspError)) -> Self {
        Self::Ocsp(place, error)
    }
}

fn each<T, E>(
    name: &str,
    texts: &[String],
    read: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<Vec<T>, InputError>
where
    (String, E): Into<InputError>,
{
    let one = |(index, text): (usize, &String)| {
        let place = || format!("{name}[{index}]");
        let der = Base64::decode_vec(text).map_err(|_| InputError::Base64(place()))?;
        read(&der).map_err(|error| (place(), error).into())
    };
    texts.iter().enumerate().map(one).collect()
}
