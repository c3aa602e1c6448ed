//! The OpenID Provider: `wardkey-oidc`'s rules over the sessions of this server.
//!
//! A browser's cookie alone never suffices to sign in: each authorization needs a proof by the
//! agent, made with the session's key for this transaction and this client.

mod authorize;
mod client_keys;
mod client_token;
mod grant;
mod introspect;
mod logout;
mod passkey;
mod person;
mod push;
mod revoke;
mod token;
mod transaction;
mod userinfo;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use wardkey_oidc::{
    Acr, Caller, Client, ClientCredentials, DpopProof, DpopRequest, Endpoints, ErrorCode,
    OAuthError, Parameters, Replay,
};

pub use authorize::{Begun, Finished, Shown};
use client_keys::ClientKeys;
use client_token::ClientTokens;
pub use grant::{Grant, StoredToken, Terms, TokenKind};
pub use logout::LoggedOut;
pub use transaction::SignInPage;
pub(crate) use transaction::{Transaction, refused};

use crate::{
    Failed, Identity, InternalError, Timestamp,
    registry::Registry,
    session::{Authenticator, Session},
};

/// The provider.
pub struct Provider {
    pub(crate) identity: Arc<Identity>,
    pub(crate) registry: Registry,
    pub(crate) client_tokens: ClientTokens,
    client_keys: ClientKeys,
    issuer: String,
}

/// A request to an endpoint that clients call.
#[derive(Clone, Copy, Debug)]
pub struct ClientRequest<'a> {
    /// The Authorization header.
    pub authorization: Option<&'a str>,
    /// The DPoP header.
    pub dpop: Option<&'a str>,
    /// The form.
    pub parameters: &'a Parameters,
    /// The endpoint's path.
    pub path: &'static str,
}

impl Provider {
    /// `http` reaches the servers of clients.
    pub(crate) fn new(identity: Arc<Identity>, registry: Registry, http: ureq::Agent) -> Self {
        let issuer = identity.address(PREFIX);
        let client_tokens = ClientTokens::new(&identity.rules.wrapping);
        Self { identity, registry, client_tokens, client_keys: ClientKeys::new(http), issuer }
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The provider's metadata.
    #[must_use]
    pub fn discovery(&self) -> serde_json::Value {
        wardkey_oidc::discovery(&self.issuer, &ENDPOINTS)
    }

    /// The public keys.
    #[must_use]
    pub fn keys(&self) -> serde_json::Value {
        self.registry.current().keys.published()
    }

    /// The client that calls, once it has shown that it is.
    async fn caller(&self, request: &ClientRequest<'_>) -> Result<Arc<Client>, Failed<OAuthError>> {
        let credentials = ClientCredentials::read(request.authorization, request.parameters)
            .map_err(Failed::Refused)?;
        let unknown = OAuthError::client("no such client");
        let client =
            self.registry.client(&credentials.client_id).ok_or(Failed::Refused(unknown))?;
        let endpoint = format!("{}{}", self.issuer, request.path);
        let now = self.now();
        let verify = |published: Option<&serde_json::Value>| {
            let (issuer, endpoint) = (self.issuer.as_str(), endpoint.as_str());
            let caller = Caller { issuer, endpoint, published, now: now.millis() / 1000 };
            credentials.verify(&client, &caller)
        };
        let mut verified = match client.jwks_uri() {
            Some(uri) => verify(self.client_keys.at(uri, now).await.as_deref()),
            None => verify(None),
        };
        if let (Err(_), Some(uri)) = (&verified, client.jwks_uri()) {
            // It may have new keys.
            verified = verify(self.client_keys.again(uri, now).await.as_deref());
        }
        let replay = verified.map_err(Failed::Refused)?;
        if let Some(replay) = replay {
            let used = OAuthError::client("the assertion was used before");
            self.use_once(replay, used).await?;
        }
        Ok(client)
    }

    /// The thumbprint of the key that a DPoP proof shows; `None`: there is no proof.
    async fn proven_key(
        &self,
        dpop: Option<&str>,
        method: &str,
        path: &str,
        access_token: Option<&str>,
    ) -> Result<Option<String>, Failed<OAuthError>> {
        let Some(proof) = dpop else { return Ok(None) };
        let address = format!("{}{path}", self.issuer);
        let now = self.seconds();
        let request = DpopRequest { method, address: &address, access_token, now };
        let proof = DpopProof::verify(proof, &request).map_err(Failed::Refused)?;
        let used = OAuthError::new(ErrorCode::InvalidDpopProof, "the proof was used before");
        self.use_once(proof.replay, used).await?;
        Ok(Some(proof.jkt))
    }

    async fn use_once(&self, replay: Replay, used: OAuthError) -> Result<(), Failed<OAuthError>> {
        let until = Timestamp::from_millis(replay.until.saturating_mul(1000));
        match self.identity.store.use_once(&replay.key, until).await? {
            true => Ok(()),
            false => Err(Failed::Refused(used)),
        }
    }

    fn now(&self) -> Timestamp {
        self.identity.clock.now()
    }

    fn seconds(&self) -> u64 {
        self.now().millis() / 1000
    }

    /// A secret for somebody to bear, of 256 random bits, with the hash that is kept of it.
    pub(crate) fn secret(&self) -> Result<(String, [u8; 32]), InternalError> {
        use base64ct::{Base64UrlUnpadded, Encoding as _};
        let octets: [u8; 32] = self.identity.octets()?;
        let secret = Base64UrlUnpadded::encode_string(&octets);
        let hash = hash(&secret);
        Ok((secret, hash))
    }
}

/// What is kept of a secret.
fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// How the user of a session authenticated.
fn acr(session: &Session) -> Acr {
    match session.authenticator {
        Authenticator::Card => Acr::Aal3Smartcard,
        Authenticator::Passkey => Acr::Aal2Any,
    }
}

/// The issuer's path below the server's address.
pub(crate) const PREFIX: &str = "/oidc";
/// Named as CIS2 names them, where it does.
pub(crate) const ENDPOINTS: Endpoints = Endpoints {
    authorize: "/authorize",
    end_session: "/connect/endSession",
    introspect: "/introspect",
    jwks: "/connect/jwk_uri",
    pushed: "/par",
    revoke: "/token/revoke",
    token: "/access_token",
    userinfo: "/userinfo",
};

#[cfg(test)]
mod tests;
