//! `sign_out`: ends the session at the server, for every page.

use crate::Fault;

wire_struct! {
    /// Nothing to say.
    #[derive(Default, Eq)]
    pub struct Args {}

    /// The session is over.
    #[derive(Default, Eq)]
    pub struct SignedOut {}
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}
