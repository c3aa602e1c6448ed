//! `subscribe`: events from now on, with a snapshot so that nothing is missed.

use crate::{Fault, view::SessionView};

wire_struct! {
    /// Nothing to say.
    #[cfg_attr(feature = "bindings", ts(rename = "SubscribeArgs"), schemars(rename = "SubscribeArgs"))]
    #[derive(Default, Eq)]
    pub struct Args {}

    /// How things stand; events follow with `seq` above this one.
    #[cfg_attr(feature = "bindings", ts(rename = "SubscribeResult"), schemars(rename = "SubscribeResult"))]
    pub struct Snapshot {
        /// The number of the last event before this snapshot.
        pub seq: u32,
        /// Whether a card is in a reader; absent without a grant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub card_present: Option<bool>,
        /// The session this page has signed in to.
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
