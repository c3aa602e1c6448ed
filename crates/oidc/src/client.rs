use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{Algorithm, acr, jose::Keys, scope};

/// A relying party, as it is registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// The rules it follows.
    pub profile: Profile,
    /// Where codes may go, compared exactly.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where a user may go after a logout that the client asked for, compared exactly.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where the client learns that a session ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// How the client shows that it is itself.
    pub authentication: Authentication,
    /// The scopes that it may ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What it may do; without a name, sign users in.
    #[serde(default = "sign_users_in")]
    pub grant_types: Vec<GrantType>,
    /// The authentication contexts that it accepts; without a name, smartcards only.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// What ID tokens are signed with; without a name, `RS256` in `cis2` and `PS256` in `fapi2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<Algorithm>,
    /// Whether its tokens are bound to a DPoP key (RFC 9449); in `fapi2` they are.
    #[serde(default)]
    pub dpop_bound: bool,
    /// Whether its addresses may be plain HTTP on loopback: for development.
    #[serde(default)]
    pub development: bool,
}

/// The rules that a client follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// As applications of NHS CIS2 are built.
    Cis2,
    /// FAPI 2.0 Security Profile.
    Fapi2,
}

impl Profile {
    /// Its name in registrations.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cis2 => "cis2",
            Self::Fapi2 => "fapi2",
        }
    }
}

/// How a client shows that it is itself (OpenID Connect Core, section 9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Authentication {
    /// A secret in the Authorization header.
    ClientSecretBasic {
        /// See [`secret_hash`].
        secret_sha256: String,
    },
    /// A secret in the body.
    ClientSecretPost {
        /// See [`secret_hash`].
        secret_sha256: String,
    },
    /// An assertion that its key signed (RFC 7523). Its keys are in one of the two places.
    PrivateKeyJwt {
        /// Its public keys, a JWK set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jwks: Option<Value>,
        /// Where it publishes them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jwks_uri: Option<String>,
    },
}

/// What a client may do at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GrantType {
    /// Sign users in.
    AuthorizationCode,
    /// Get tokens of its own.
    ClientCredentials,
    /// Get more tokens for a user while the session lasts.
    RefreshToken,
}

/// Why a registration can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClientError(pub &'static str);

impl Client {
    /// Whether the registration makes sense and keeps the profile's rules.
    ///
    /// # Errors
    /// [`ClientError`] says what does not.
    pub fn check(&self) -> Result<(), ClientError> {
        let named = |text: &str| !text.is_empty() && text.len() <= MAX_TEXT && text.is_ascii();
        if !named(&self.id) || self.id.contains(|c: char| c.is_ascii_control() || c == ' ') {
            return Err(ClientError("the id is empty, too long or no plain ASCII"));
        }
        if self.name.is_empty() || self.name.len() > MAX_TEXT {
            return Err(ClientError("the name is empty or too long"));
        }
        let addresses = self.redirect_uris.iter().chain(&self.post_logout_redirect_uris);
        let more = self.backchannel_logout_uri.as_deref().into_iter().chain(self.jwks_uri());
        for address in addresses.map(String::as_str).chain(more) {
            self.check_address(address)?;
        }
        if self.grant_types.contains(&GrantType::AuthorizationCode) == self.redirect_uris.is_empty()
        {
            return Err(ClientError("redirect_uris go with authorization_code, and it with them"));
        }
        if !self.scopes.iter().all(|scope| scope::ALL.contains(&scope.as_str())) {
            return Err(ClientError("a scope is not served"));
        }
        if !self.acr_values.iter().all(|value| acr::ASKABLE.contains(&value.as_str())) {
            return Err(ClientError("an acr value is not served"));
        }
        self.check_authentication()?;
        match self.profile {
            Profile::Cis2 => Ok(()),
            Profile::Fapi2 => self.check_fapi2(),
        }
    }

    /// RFC 9700, sections 2.1 and 2.6: https, or loopback where the registration says so.
    fn check_address(&self, address: &str) -> Result<(), ClientError> {
        let refused = Err(ClientError("addresses have to be https, without a fragment"));
        if address.contains(['#', '*', '\\', ' ']) || !named_host(address) {
            return refused;
        }
        let loopback = ["http://localhost:", "http://127.0.0.1:"];
        if address.starts_with("https://")
            || self.development && loopback.iter().any(|start| address.starts_with(start))
        {
            return Ok(());
        }
        refused
    }

    fn check_authentication(&self) -> Result<(), ClientError> {
        match &self.authentication {
            Authentication::ClientSecretBasic { secret_sha256 }
            | Authentication::ClientSecretPost { secret_sha256 } => {
                let hex = |octet: u8| octet.is_ascii_digit() || (b'a'..=b'f').contains(&octet);
                if secret_sha256.len() == 64 && secret_sha256.bytes().all(hex) {
                    Ok(())
                } else {
                    Err(ClientError("secret_sha256 is not a SHA-256 in lower-case hexadecimal"))
                }
            }
            Authentication::PrivateKeyJwt { jwks: Some(jwks), jwks_uri: None } => {
                match Keys::read(jwks) {
                    Some(_) => Ok(()),
                    None => Err(ClientError("jwks has no P-256 key and no RSA key of 2048 bits")),
                }
            }
            Authentication::PrivateKeyJwt { jwks: None, jwks_uri: Some(_) } => Ok(()),
            Authentication::PrivateKeyJwt { .. } => {
                Err(ClientError("private_key_jwt goes with jwks or jwks_uri, and with one of them"))
            }
        }
    }

    fn check_fapi2(&self) -> Result<(), ClientError> {
        if !matches!(self.authentication, Authentication::PrivateKeyJwt { .. }) {
            return Err(ClientError("fapi2 has no client secrets"));
        }
        if !self.dpop_bound {
            return Err(ClientError("fapi2 has sender-constrained tokens: dpop_bound"));
        }
        if !fapi2_algorithm(self.id_token_algorithm()) {
            return Err(ClientError("fapi2 signs with PS256 or ES256"));
        }
        Ok(())
    }

    /// Where this client publishes its keys; `None`: nowhere.
    #[must_use]
    pub fn jwks_uri(&self) -> Option<&str> {
        match &self.authentication {
            Authentication::PrivateKeyJwt { jwks_uri, .. } => jwks_uri.as_deref(),
            _ => None,
        }
    }

    /// What this client's ID tokens are signed with.
    #[must_use]
    pub fn id_token_algorithm(&self) -> Algorithm {
        self.id_token_signed_response_alg.unwrap_or(match self.profile {
            Profile::Cis2 => Algorithm::Rs256,
            Profile::Fapi2 => Algorithm::Ps256,
        })
    }

    /// The authentication contexts that this client accepts.
    #[must_use]
    pub fn accepted_acr(&self) -> Vec<String> {
        if self.acr_values.is_empty() {
            return vec!["AAL3_SMARTCARD".to_owned()];
        }
        self.acr_values.clone()
    }

    /// Whether this client's refresh tokens rotate; those that are bound to a key need not
    /// (FAPI 2.0, section 5.3.2.1).
    #[must_use]
    pub fn rotates_refresh_tokens(&self) -> bool {
        !self.dpop_bound
    }
}

/// FAPI 2.0 Security Profile, section 5.4.
pub(crate) fn fapi2_algorithm(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::Es256 | Algorithm::Ps256)
}

/// How a client's secret is registered: its SHA-256 in lower-case hexadecimal. A secret has to be
/// random, with 256 bits at least; then a plain hash is enough.
#[must_use]
pub fn secret_hash(secret: &str) -> String {
    base16ct::lower::encode_string(&Sha256::digest(secret))
}

fn named_host(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    !host.is_empty() && !host.contains('@') && address.len() <= 4 * MAX_TEXT
}

fn sign_users_in() -> Vec<GrantType> {
    vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
}

const MAX_TEXT: usize = 200;

#[cfg(test)]
pub(crate) mod tests;
