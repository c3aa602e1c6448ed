use serde::{Deserialize, Serialize};

use crate::{Timestamp, session::Sha256};

/// What a user's sign-in gave a client: all codes and tokens of one authorization hang on it, and
/// it hangs on the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Names the grant; no credential.
    pub id: String,
    /// The session.
    pub session: String,
    /// The client.
    pub client: String,
    /// What was asked and given.
    pub terms: Terms,
    /// When.
    pub made: Timestamp,
    /// Since when nothing of it works; `None`: it does.
    pub revoked: Option<Timestamp>,
}

/// What a client asked and was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The scopes, separated by spaces.
    pub scope: String,
    /// Where the code went.
    pub redirect_uri: String,
    /// The PKCE challenge (RFC 7636, S256).
    pub code_challenge: String,
    /// The client's nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The thumbprint of the DPoP key that the code is bound to (RFC 9449, section 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// When the user last authenticated, in seconds since 1970.
    pub auth_time: u64,
    /// The authentication context that was reached.
    pub acr: String,
    /// The role profile that was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// For resources.
    Access,
    /// For more tokens.
    Refresh,
}

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// The SHA-256 of the token.
    pub hash: Sha256,
    /// What it is for.
    pub kind: TokenKind,
    /// The grant it is of.
    pub grant: String,
    /// The client.
    pub client: String,
    /// The scopes, separated by spaces.
    pub scope: String,
    /// The thumbprint of the key that its holder has to prove (RFC 9449).
    pub confirmation: Option<String>,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it stops working.
    pub expires: Timestamp,
    /// When another took its place (refresh tokens that rotate).
    pub replaced: Option<Timestamp>,
}

impl TokenKind {
    /// Its name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    /// The kind of this name; `None`: there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Access, Self::Refresh].into_iter().find(|kind| kind.as_str() == name)
    }
}
