//! `sign_out`: ends the session at the server, for every page.

use crate::Fault;

wire_struct! {
    /// Nothing to say.
    #[cfg_attr(feature = "bindings", ts(rename = "SignOutArgs"), schemars(rename = "SignOutArgs"))]
    #[derive(Default, Eq)]
    pub struct Args {}

    /// The session is over.
    #[cfg_attr(feature = "bindings", ts(rename = "SignOutResult"), schemars(rename = "SignOutResult"))]
    #[derive(Default, Eq)]
    pub struct SignedOut {}
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}
