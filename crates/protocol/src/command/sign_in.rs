//! `sign_in`: the authentication transaction with the card, then a ticket for this origin.

use crate::{Fault, command::invalid, limits::MAX_TEXT, view::SessionView};

wire_struct! {
    /// How to sign in. The server is policy's to name, never the page's.
    #[cfg_attr(feature = "bindings", ts(rename = "SignInArgs"), schemars(rename = "SignInArgs"))]
    #[derive(Default, Eq)]
    pub struct Args {
        /// The role profile to take without asking, if the user has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub role: Option<String>,
        /// Ask for the passcode even where a session is active.
        #[serde(default)]
        #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
        pub fresh: bool,
    }

    /// A session, and this origin's own ticket of it.
    #[cfg_attr(feature = "bindings", ts(rename = "SignInResult"), schemars(rename = "SignInResult"))]
    pub struct SignedIn {
        /// The session.
        pub session: SessionView,
        /// The ticket: a bearer secret, bound to this origin as relying party. Absent where the
        /// origin has no `ticket`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub ticket: Option<String>,
    }
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        match &self.role {
            Some(role) if role.is_empty() || role.len() > MAX_TEXT => Err(invalid("role")),
            _ => Ok(()),
        }
    }
}
