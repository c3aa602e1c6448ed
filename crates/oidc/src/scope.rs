use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, OAuthError};

/// The scopes of a request or a token. Those of people are CIS2's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// The scopes that a client asks for, all of which it has to be allowed.
    ///
    /// # Errors
    /// `invalid_scope` when it is not.
    pub fn read(text: Option<&str>, allowed: &[String]) -> Result<Self, OAuthError> {
        let asked = Self::from(text.unwrap_or_default().to_owned());
        if asked.0.iter().all(|scope| allowed.contains(scope)) {
            return Ok(asked);
        }
        Err(OAuthError::new(ErrorCode::InvalidScope, "a scope that this client may not ask for"))
    }

    /// Whether this scope is among them.
    #[must_use]
    pub fn has(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether they tell the role that the user chose (CIS2's `selectedrole` and `changedrole`).
    #[must_use]
    pub fn tell_role(&self) -> bool {
        self.has("selectedrole") || self.has("changedrole")
    }

    /// Whether these are all among others.
    #[must_use]
    pub fn are_within(&self, others: &Self) -> bool {
        self.0.is_subset(&others.0)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Scopes {
    fn from(text: String) -> Self {
        Self(text.split_ascii_whitespace().map(str::to_owned).collect())
    }
}

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.to_string()
    }
}

/// Separated by spaces (RFC 6749, section 3.3).
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, scope) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope)?;
        }
        Ok(())
    }
}

/// Every scope that is served.
pub(crate) const ALL: &[&str] = &[
    "openid",
    "profile",
    "email",
    "nhsperson",
    "nationalrbacaccess",
    "associatedorgs",
    "professionalmemberships",
    "organisationalmemberships",
    "selectedrole",
    "changedrole",
];
