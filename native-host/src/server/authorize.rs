use std::time::Instant;

use wardkey_crypto::SignatureAlgorithm;
use wardkey_protocol::{
    ErrorCode, Fault,
    authorize_api::{
        AGENT_AUDIENCE, AuthorizeRequestClaims, MAX_REQUEST_SECONDS, MAX_SKEW_SECONDS, REQUEST_TYPE,
    },
    limits::{MAX_CLIENT_NAME, MAX_TEXT},
};
use wardkey_signatures::jws::{Expected, JwsError, Unverified};

use super::ServerClient;

/// Why a request for a proof is not followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It is for someone else.
    #[error("not made for the agent")]
    Audience,
    /// The claims are not what a request has.
    #[error("claims refused")]
    Claims,
    /// Its time is up.
    #[error("too old")]
    Expired,
    /// It is of another server.
    #[error("of another server")]
    Issuer,
    /// It is no JWS of this kind, or its signature does not hold.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// The server has no key of that name.
    #[error("unknown key")]
    KeyUnknown,
    /// It was made in the future, or lasts longer than a request may.
    #[error("times refused; check this computer's clock")]
    Times,
}

impl ServerClient {
    /// Reads a request that this very server signed, and that is in time.
    ///
    /// # Errors
    ///
    /// `authorize_request_invalid` with the reason, or the server's where its keys have to be
    /// fetched.
    pub fn read_request(
        &self,
        token: &str,
        unix_seconds: u64,
        now: Instant,
    ) -> Result<AuthorizeRequestClaims, Fault> {
        let unverified = unverified(token).map_err(|error| invalid(&error))?;
        let Some(kid) = unverified.kid() else { return Err(invalid(&RequestError::KeyUnknown)) };
        let Some(key) = self.key(kid, now)? else {
            return Err(invalid(&RequestError::KeyUnknown));
        };
        let claims = verified(unverified, &key);
        let claims = claims.and_then(|claims| check(claims, &self.policy.url, unix_seconds));
        claims.map_err(|error| invalid(&error))
    }
}

fn unverified(token: &str) -> Result<Unverified, RequestError> {
    let expected =
        Expected { algorithm: SignatureAlgorithm::EcdsaP256Sha256, typ: Some(REQUEST_TYPE) };
    Ok(Unverified::read(token, &expected)?)
}

fn verified(unverified: Unverified, spki: &[u8]) -> Result<AuthorizeRequestClaims, RequestError> {
    let payload = unverified.verify(spki)?.discharge()?.payload;
    // Serde would read an array for the claims in their order.
    if payload.first() != Some(&b'{') {
        return Err(RequestError::Claims);
    }
    serde_json::from_slice(&payload).map_err(|_| RequestError::Claims)
}

fn check(
    claims: AuthorizeRequestClaims,
    server: &str,
    now: u64,
) -> Result<AuthorizeRequestClaims, RequestError> {
    let fits = |text: &str, limit: usize| !text.is_empty() && text.chars().count() <= limit;
    let is_named = fits(&claims.transaction, MAX_TEXT)
        && fits(&claims.client_id, MAX_TEXT)
        && fits(&claims.client_name, MAX_CLIENT_NAME)
        && !claims.client_name.trim().is_empty();
    match () {
        () if claims.iss != server => Err(RequestError::Issuer),
        () if claims.aud != AGENT_AUDIENCE => Err(RequestError::Audience),
        () if claims.exp <= now => Err(RequestError::Expired),
        () if claims.iat > now.saturating_add(MAX_SKEW_SECONDS)
            || claims.iat >= claims.exp
            || claims.exp - claims.iat > MAX_REQUEST_SECONDS =>
        {
            Err(RequestError::Times)
        }
        () if !is_named => Err(RequestError::Claims),
        () => Ok(claims),
    }
}

fn invalid(error: &RequestError) -> Fault {
    Fault::new(ErrorCode::AuthorizeRequestInvalid).with("reason", error.to_string())
}

#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
