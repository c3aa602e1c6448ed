//! What goes over the wire, by the names of the specification. Answers may hold more than is read.

use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

/// A secret in an answer. Wiped when dropped.
pub struct Secret(pub Zeroizing<String>);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|secret| Self(Zeroizing::new(secret)))
    }
}

/// The answer of `info` (section 11.1).
#[derive(Deserialize)]
pub struct Info {
    #[serde(rename = "asynchronousOperationMode", default)]
    pub asynchronous: bool,
    pub methods: Vec<String>,
}

/// The answer of `oauth2/token` (section 8.4.4).
#[derive(Deserialize)]
pub struct AccessToken {
    pub access_token: Secret,
}

/// `credentials/list` (section 11.4).
#[derive(Serialize)]
pub struct ListCredentials<'a> {
    #[serde(rename = "userID")]
    pub user: &'a str,
}

#[derive(Deserialize)]
pub struct Credentials {
    #[serde(rename = "credentialIDs")]
    pub ids: Vec<String>,
}

/// `credentials/info` (section 11.5).
#[derive(Serialize)]
pub struct DescribeCredential<'a> {
    #[serde(rename = "credentialID")]
    pub credential: &'a str,
    pub certificates: &'static str,
    #[serde(rename = "authInfo")]
    pub auth_info: bool,
}

#[derive(Deserialize)]
pub struct CredentialInfo {
    #[serde(default)]
    pub description: Option<String>,
    pub key: Key,
    pub cert: Cert,
    pub auth: Auth,
    /// Without it `1`.
    #[serde(rename = "SCAL", default)]
    pub scal: Option<String>,
    pub multisign: usize,
}

#[derive(Deserialize)]
pub struct Key {
    pub status: String,
    pub algo: Vec<String>,
}

#[derive(Deserialize)]
pub struct Cert {
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub certificates: Vec<String>,
}

#[derive(Deserialize)]
pub struct Auth {
    pub mode: String,
    #[serde(default)]
    pub expression: Option<String>,
    #[serde(default)]
    pub objects: Vec<AuthObject>,
}

/// An authentication object type (section 8.3).
#[derive(Clone, Deserialize)]
pub struct AuthObject {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    #[serde(default)]
    pub generator: Option<String>,
    #[serde(default)]
    pub label: Option<String>,
}

/// `credentials/getChallenge` (section 11.8).
#[derive(Serialize)]
pub struct GetChallenge<'a> {
    #[serde(rename = "credentialID")]
    pub credential: &'a str,
    #[serde(rename = "authObjectID")]
    pub object: &'a str,
}

#[derive(Deserialize)]
pub struct Challenge {
    pub challenge: String,
}

/// `credentials/authorize` (section 11.6).
#[derive(Serialize)]
pub struct Authorize<'a> {
    #[serde(rename = "credentialID")]
    pub credential: &'a str,
    #[serde(rename = "numSignatures")]
    pub signatures: usize,
    pub hashes: &'a [String],
    #[serde(rename = "hashAlgorithmOID")]
    pub hash_algorithm: &'static str,
    #[serde(rename = "authData")]
    pub auth_data: Vec<AuthData<'a>>,
}

/// An authentication object; out of band it has no value.
#[derive(Serialize)]
pub struct AuthData<'a> {
    pub id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'a str>,
}

#[derive(Deserialize)]
pub struct Authorized {
    #[serde(rename = "SAD")]
    pub sad: Secret,
}

/// With status 202.
#[derive(Deserialize)]
pub struct Underway {
    pub handle: String,
}

/// `credentials/authorizeCheck` (section 11.7).
#[derive(Serialize)]
pub struct AuthorizeCheck<'a> {
    pub handle: &'a str,
}

/// `signatures/signHash` (section 11.10).
#[derive(Serialize)]
pub struct SignHash<'a> {
    #[serde(rename = "credentialID")]
    pub credential: &'a str,
    #[serde(rename = "SAD")]
    pub sad: &'a str,
    pub hashes: &'a [String],
    #[serde(rename = "hashAlgorithmOID", skip_serializing_if = "Option::is_none")]
    pub hash_algorithm: Option<&'static str>,
    #[serde(rename = "signAlgo")]
    pub algorithm: &'static str,
    #[serde(rename = "signAlgoParams", skip_serializing_if = "Option::is_none")]
    pub parameters: Option<String>,
    #[serde(rename = "operationMode")]
    pub mode: &'static str,
}

/// What a service makes at once, or later.
#[derive(Deserialize)]
pub struct Signatures {
    #[serde(default)]
    pub signatures: Option<Vec<String>>,
    #[serde(rename = "responseID", default)]
    pub response: Option<String>,
}

/// `signatures/signPolling` (section 11.12).
#[derive(Serialize)]
pub struct SignPolling<'a> {
    #[serde(rename = "requestID")]
    pub request: &'a str,
    #[serde(rename = "userID")]
    pub user: &'a str,
}

/// Section 10.2.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    pub error: String,
    pub error_description: String,
}
