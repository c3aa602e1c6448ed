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
        /// How much may be signed with one call; absent without a grant to sign. Since version 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub limits: Option<Limits>,
    }

    /// How much may be signed with one call, in bytes where nothing else is said.
    #[cfg_attr(feature = "bindings", ts(rename = "SignLimits"), schemars(rename = "SignLimits"))]
    #[derive(Copy, Eq)]
    pub struct Limits {
        /// How many documents.
        pub documents: u32,
        /// All documents together.
        pub bytes: u32,
        /// One document of which no more than its digest is needed: `cades`, and `xades` and
        /// `xmldsig` detached.
        pub document: u32,
        /// One document of any other format.
        pub read_document: u32,
    }
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}
