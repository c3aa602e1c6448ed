use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Client, IdToken, KeySet, OAuthError, Parameters};

/// A logout token (OpenID Connect Back-Channel Logout, section 2.4).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogoutToken {
    /// The issuer.
    pub iss: String,
    /// The client.
    pub aud: String,
    /// The user.
    pub sub: String,
    /// The session that ended.
    pub sid: String,
    /// When it was made, in seconds since 1970.
    pub iat: u64,
    /// When it stops counting.
    pub exp: u64,
    /// Names it.
    pub jti: String,
    events: Value,
}

impl LogoutToken {
    /// The `typ` of its header.
    pub const TYPE: &'static str = "logout+jwt";

    /// Tells a client that a session ended.
    #[must_use]
    pub fn new(iss: &str, aud: &str, sub: &str, sid: &str, jti: &str, now: u64) -> Self {
        Self {
            iss: iss.to_owned(),
            aud: aud.to_owned(),
            sub: sub.to_owned(),
            sid: sid.to_owned(),
            iat: now,
            exp: now + LIFE,
            jti: jti.to_owned(),
            events: json!({ EVENT: {} }),
        }
    }
}

/// A request to end a session (OpenID Connect RP-Initiated Logout, section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// What the client knows of the session, if it showed an ID token of ours.
    pub hint: Option<LogoutHint>,
    /// The client, if it is named.
    pub client_id: Option<String>,
    /// Where the user wants to go afterwards; to be checked by [`LogoutRequest::destination`].
    wanted: Option<String>,
    state: Option<String>,
}

/// What an ID token says of a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LogoutHint {
    /// The client.
    pub aud: String,
    /// The user.
    pub sub: String,
    /// The session.
    pub sid: String,
    iss: String,
}

impl LogoutRequest {
    /// Reads a request. An ID token counts even when it is past its time.
    ///
    /// # Errors
    /// `invalid_request` when the ID token is not one of ours, or not the client's.
    pub fn read(parameters: &Parameters, keys: &KeySet, issuer: &str) -> Result<Self, OAuthError> {
        let hint: Option<LogoutHint> = match parameters.get("id_token_hint") {
            None => None,
            Some(token) => {
                let hint: LogoutHint = keys
                    .verify(token, IdToken::TYPE)
                    .ok_or(OAuthError::request("id_token_hint is no ID token of this server"))?;
                if hint.iss != issuer {
                    return Err(OAuthError::request("id_token_hint is of another server"));
                }
                Some(hint)
            }
        };
        let named = parameters.get("client_id").map(str::to_owned);
        let other = |hint: &LogoutHint| named.as_ref().is_some_and(|named| *named != hint.aud);
        if hint.as_ref().is_some_and(other) {
            return Err(OAuthError::request("client_id is not that of id_token_hint"));
        }
        let client_id = hint.as_ref().map(|hint| hint.aud.clone()).or(named);
        Ok(Self {
            hint,
            client_id,
            wanted: parameters.get("post_logout_redirect_uri").map(str::to_owned),
            state: parameters.get("state").map(str::to_owned),
        })
    }

    /// Where the user goes afterwards; `None`: nowhere.
    ///
    /// # Errors
    /// `invalid_request` when the address is not one that the client registered.
    pub fn destination(&self, client: Option<&Client>) -> Result<Option<String>, OAuthError> {
        let Some(wanted) = &self.wanted else { return Ok(None) };
        let registered = client.is_some_and(|client| {
            client.post_logout_redirect_uris.iter().any(|address| address == wanted)
        });
        if !registered {
            let what = "post_logout_redirect_uri is not one that the client registered";
            return Err(OAuthError::request(what));
        }
        let Some(state) = &self.state else { return Ok(Some(wanted.clone())) };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("state", state);
        let joint = if wanted.contains('?') { '&' } else { '?' };
        Ok(Some(format!("{wanted}{joint}{}", query.finish())))
    }
}

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// In seconds.
const LIFE: u64 = 120;

#[cfg(test)]
mod tests;
