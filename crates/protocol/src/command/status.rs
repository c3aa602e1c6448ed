//! `status`: is Wardkey there, and what may this origin know? Loads no card software.

use crate::{Fault, view::SessionView};

wire_struct! {
    /// Nothing to say.
    #[cfg_attr(feature = "bindings", ts(rename = "StatusArgs"), schemars(rename = "StatusArgs"))]
    #[derive(Default, Eq)]
    pub struct Args {}

    /// What this origin may know. Without a grant only the versions are there, whoever is signed
    /// in and whatever is in the reader.
    #[cfg_attr(feature = "bindings", ts(rename = "StatusResult"), schemars(rename = "StatusResult"))]
    pub struct Status {
        /// The agent's version.
        pub agent: String,
        /// The protocol version in use.
        pub protocol: u16,
        /// Whether a card is in a reader; absent without a grant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub card_present: Option<bool>,
        /// The session this page has signed in to; absent when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub session: Option<SessionView>,
    }
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}
