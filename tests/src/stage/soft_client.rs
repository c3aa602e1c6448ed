//! A client of the OpenID Provider, in software.

use anyhow::Result;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};

use super::soft_agent::signed;

/// A P-256 key of an OpenID Connect client.
#[derive(Clone)]
pub struct ClientKey(SigningKey);

impl ClientKey {
    /// A new one.
    ///
    /// # Errors
    ///
    /// When the system has no randomness.
    pub fn new() -> Result<Self> {
        let mut octets = [0; 32];
        std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut octets)?;
        Ok(Self(SigningKey::from_slice(&octets)?))
    }

    /// Its public half.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let point = self.0.verifying_key().to_sec1_point(false);
        let half = |octets: Option<&p256::FieldBytes>| {
            octets.map(|octets| Base64UrlUnpadded::encode_string(octets)).unwrap_or_default()
        };
        json!({ "kty": "EC", "crv": "P-256", "x": half(point.x()), "y": half(point.y()) })
    }

    /// What shows that the client is itself (RFC 7523).
    ///
    /// # Errors
    ///
    /// When the machine's clock is before 1970.
    pub fn assertion(&self, client: &str, audience: &str, jti: &str) -> Result<String> {
        let now = now()?;
        let claims = json!({
            "iss": client, "sub": client, "aud": audience, "jti": jti, "iat": now, "exp": now + 60,
        });
        Ok(signed(&self.0, &json!({ "alg": "ES256" }), &claims))
    }

    /// A DPoP proof (RFC 9449), with the access token that it goes with.
    ///
    /// # Errors
    ///
    /// When the machine's clock is before 1970.
    pub fn dpop(&self, method: &str, url: &str, jti: &str, token: Option<&str>) -> Result<String> {
        use sha2::{Digest as _, Sha256};
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() });
        let mut claims = json!({ "htm": method, "htu": url, "jti": jti, "iat": now()? });
        if let Some(token) = token {
            claims["ath"] = json!(Base64UrlUnpadded::encode_string(&Sha256::digest(token)));
        }
        Ok(signed(&self.0, &header, &claims))
    }
}

fn now() -> Result<u64> {
    #[allow(clippy::disallowed_methods, reason = "a client runs at its own time")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(now.as_secs())
}
