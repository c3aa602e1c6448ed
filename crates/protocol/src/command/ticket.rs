//! `ticket`: this origin's ticket of the session. Never prompts.

use crate::Fault;

wire_struct! {
    /// Nothing to say.
    #[cfg_attr(feature = "bindings", ts(rename = "TicketArgs"), schemars(rename = "TicketArgs"))]
    #[derive(Default, Eq)]
    pub struct Args {}

    /// A ticket: a bearer secret, bound to this origin as relying party.
    #[cfg_attr(feature = "bindings", ts(rename = "TicketResult"), schemars(rename = "TicketResult"))]
    pub struct Ticket {
        /// The ticket, opaque; URL-encode it where it goes into an address.
        pub ticket: String,
        /// Seconds until it stops working at the latest.
        pub expires_in_seconds: u32,
    }
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}
