use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    Authentication, Client, OAuthError, Parameters, Profile,
    client::fapi2_algorithm,
    jose::{Keys, Unverified},
    secret_hash,
};

/// What a caller shows to be a client, not believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials<'a> {
    /// The client that it claims to be.
    pub client_id: String,
    shown: Shown<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown<'a> {
    Assertion(&'a str),
    BasicSecret(String),
    PostedSecret(&'a str),
}

/// Something that must not be seen again until a time; kept by its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    /// What must not be seen again.
    pub key: [u8; 32],
    /// Until when, in seconds since 1970.
    pub until: u64,
}

/// What a client's assertion may name as its audience (RFC 7523, section 3).
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The address that was called.
    pub endpoint: &'a str,
    /// The JWK set that the client publishes, where its registration says where.
    pub published: Option<&'a Value>,
    /// Now, in seconds since 1970.
    pub now: u64,
}

impl<'a> ClientCredentials<'a> {
    /// Finds out which client calls, by what: exactly one way (RFC 6749, section 2.3).
    ///
    /// # Errors
    /// `invalid_client` or `invalid_request` when there is none, or several.
    pub fn read(
        authorization: Option<&str>,
        parameters: &'a Parameters,
    ) -> Result<Self, OAuthError> {
        // The scheme's case does not matter (RFC 9110, section 11.1).
        let basic = authorization
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"))
            .map(|(_, credentials)| credentials);
        let assertion = parameters.get("client_assertion");
        let secret = parameters.get("client_secret");
        let named = parameters.get("client_id");
        let this = match (basic, assertion, secret) {
            (Some(basic), None, None) => {
                let (client_id, secret) = basic_credentials(basic)
                    .ok_or(OAuthError::client("the Authorization header can't be read"))?;
                Self { client_id, shown: Shown::BasicSecret(secret) }
            }
            (None, Some(assertion), None) => {
                if parameters.get("client_assertion_type") != Some(JWT_BEARER) {
                    return Err(OAuthError::request("client_assertion_type is not jwt-bearer"));
                }
                let client_id = named.map(str::to_owned).or_else(|| subject(assertion));
                let client_id =
                    client_id.ok_or(OAuthError::client("the assertion can't be read"))?;
                Self { client_id, shown: Shown::Assertion(assertion) }
            }
            (None, None, Some(secret)) => {
                let client_id =
                    named.ok_or(OAuthError::request("client_id is missing"))?.to_owned();
                Self { client_id, shown: Shown::PostedSecret(secret) }
            }
            (None, None, None) => return Err(OAuthError::client("the client is not shown")),
            _ => return Err(OAuthError::request("the client is shown in more than one way")),
        };
        if named.is_some_and(|named| named != this.client_id) {
            return Err(OAuthError::request("client_id is that of another client"));
        }
        Ok(this)
    }

    /// Whether this is the client. What is returned must not have been seen before.
    ///
    /// # Errors
    /// `invalid_client`, which does not say more than the caller knows.
    pub fn verify(
        &self,
        client: &Client,
        caller: &Caller<'_>,
    ) -> Result<Option<Replay>, OAuthError> {
        let secret = |shown: &str, registered: &str| {
            let same: bool = secret_hash(shown).as_bytes().ct_eq(registered.as_bytes()).into();
            if same { Ok(None) } else { Err(OAuthError::client("not this client's secret")) }
        };
        match (&client.authentication, &self.shown) {
            (Authentication::ClientSecretBasic { secret_sha256 }, Shown::BasicSecret(shown)) => {
                secret(shown, secret_sha256)
            }
            (Authentication::ClientSecretPost { secret_sha256 }, Shown::PostedSecret(shown)) => {
                secret(shown, secret_sha256)
            }
            (Authentication::PrivateKeyJwt { jwks, .. }, Shown::Assertion(assertion)) => {
                let keys = jwks.as_ref().or(caller.published).and_then(Keys::read);
                let keys = keys.ok_or(OAuthError::client("the client has no keys"))?;
                verify_assertion(assertion, client, &keys, caller).map(Some)
            }
            _ => Err(OAuthError::client("not the way in which this client is registered")),
        }
    }
}

/// RFC 7523, section 3, with OpenID Connect Core's section 9 and FAPI 2.0's section 5.3.2.1.
fn verify_assertion(
    assertion: &str,
    client: &Client,
    keys: &Keys,
    caller: &Caller<'_>,
) -> Result<Replay, OAuthError> {
    let refused = OAuthError::client;
    let token = Unverified::read(assertion).ok_or(refused("the assertion can't be read"))?;
    if client.profile == Profile::Fapi2 && !fapi2_algorithm(token.algorithm) {
        return Err(refused("the assertion is not signed with PS256 or ES256"));
    }
    let claims: Claims =
        token.verify_by_any(keys).ok_or(refused("the assertion is not signed by the client"))?;
    if claims.iss != client.id || claims.sub != client.id {
        return Err(refused("iss and sub of the assertion are not the client"));
    }
    let meant = match (&claims.aud, client.profile) {
        (Audience::One(audience), Profile::Fapi2) => audience == caller.issuer,
        (Audience::Many(_), Profile::Fapi2) => false,
        (Audience::One(audience), Profile::Cis2) => caller.is(audience),
        (Audience::Many(all), Profile::Cis2) => all.iter().any(|audience| caller.is(audience)),
    };
    if !meant {
        return Err(refused("aud of the assertion is not this server"));
    }
    let now = caller.now;
    if claims.exp > now + LONGEST + SKEW || claims.exp + SKEW <= now {
        return Err(refused("exp of the assertion is past, or more than 5 minutes ahead"));
    }
    if [claims.iat, claims.nbf].iter().flatten().any(|time| *time > now + SKEW) {
        return Err(refused("the assertion is not valid yet"));
    }
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
        return Err(refused("jti of the assertion is empty or too long"));
    }
    let hash = Sha256::new_with_prefix(b"client assertion\0")
        .chain_update((client.id.len() as u64).to_be_bytes())
        .chain_update(&client.id)
        .chain_update(&claims.jti);
    Ok(Replay { key: hash.finalize().into(), until: claims.exp + SKEW })
}

impl Caller<'_> {
    fn is(&self, audience: &str) -> bool {
        audience == self.issuer || audience == self.endpoint
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    jti: String,
    iat: Option<u64>,
    nbf: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// RFC 6749, section 2.3.1: both halves are form-encoded.
fn basic_credentials(basic: &str) -> Option<(String, String)> {
    let octets = Base64::decode_vec(basic.trim()).ok()?;
    let text = String::from_utf8(octets).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |half: &str| {
        let pair = format!("x={half}");
        form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

/// Who the assertion claims to be, so that the client can be looked up.
fn subject(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Subject {
        sub: String,
    }
    let payload = assertion.split('.').nth(1)?;
    let octets = base64ct::Base64UrlUnpadded::decode_vec(payload).ok()?;
    serde_json::from_slice::<Subject>(&octets).ok().map(|claims| claims.sub)
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LONGEST: u64 = 300;
const MAX_JTI: usize = 256;
/// For clocks that differ, in seconds.
const SKEW: u64 = 30;

#[cfg(test)]
mod tests;
