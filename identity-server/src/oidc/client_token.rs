//! Access tokens that clients get for themselves (RFC 6749, section 4.4). They hang on no session,
//! so each carries what it says, under a MAC of the server: nothing is stored of them, and no
//! request for one waits for the database. One that is revoked is listed until its time is over.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use aws_lc_rs::hmac;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    registry::WrappingKey,
    store::{Store, StoreError},
};

/// What such a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientToken {
    /// Names the token; no credential.
    pub(super) jti: String,
    /// The client that it was issued to.
    pub(super) client_id: String,
    /// The scopes, separated by spaces.
    pub(super) scope: String,
    /// The thumbprint of the key that its holder has to prove (RFC 9449).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) jkt: Option<String>,
    /// When it was issued, in seconds since 1970.
    pub(super) iat: u64,
    /// When it stops working, in seconds since 1970.
    pub(super) exp: u64,
}

/// Makes and reads them.
pub(crate) struct ClientTokens {
    key: hmac::Key,
    /// The ids of those that were revoked, with when they are over anyway, in seconds since 1970.
    revoked: RwLock<BTreeMap<String, u64>>,
}

impl ClientTokens {
    /// Of a server with this wrapping key: all of its nodes read them alike.
    pub(super) fn new(wrapping: &WrappingKey) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &wrapping.derive(PURPOSE));
        Self { key, revoked: RwLock::default() }
    }

    /// The token's text.
    pub(super) fn seal(&self, token: &ClientToken) -> Option<String> {
        let body = Base64UrlUnpadded::encode_string(&serde_json::to_vec(token).ok()?);
        let mac = hmac::sign(&self.key, body.as_bytes());
        Some(format!("{PREFIX}{body}.{}", Base64UrlUnpadded::encode_string(mac.as_ref())))
    }

    /// What a text says that this server made and that works now; `None`: it is none.
    pub(super) fn open(&self, text: &str, now: Timestamp) -> Option<ClientToken> {
        let (body, mac) = text.strip_prefix(PREFIX)?.split_once('.')?;
        let mac = Base64UrlUnpadded::decode_vec(mac).ok()?;
        hmac::verify(&self.key, body.as_bytes(), &mac).ok()?;
        let body = Base64UrlUnpadded::decode_vec(body).ok()?;
        let token: ClientToken = serde_json::from_slice(&body).ok()?;
        let works = now.millis() / 1000 < token.exp && !self.revoked().contains_key(&token.jti);
        works.then_some(token)
    }

    /// Revokes a token: at once on this node, on others when they look, each second.
    pub(super) async fn revoke(
        &self,
        token: &ClientToken,
        store: &Store,
    ) -> Result<(), StoreError> {
        let expires = Timestamp::from_millis(token.exp.saturating_mul(1000));
        store.put_revoked_token(&token.jti, expires).await?;
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.insert(token.jti.clone(), token.exp);
        Ok(())
    }

    /// Reads which tokens other nodes have revoked.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub(crate) async fn refresh(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let read = store.revoked_tokens(now).await?;
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        // What this node revokes meanwhile may not be among them: what is there stays while it counts.
        let seconds = now.millis() / 1000;
        revoked.retain(|_, expires| seconds < *expires);
        revoked.extend(read.into_iter().map(|(id, expires)| (id, expires.millis() / 1000)));
        Ok(())
    }

    fn revoked(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, u64>> {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells it from a token that is looked up; no random token has a full stop in it.
const PREFIX: &str = "wkc.";
const PURPOSE: &str = "wardkey-client-token:1";

#[cfg(test)]
mod tests;
