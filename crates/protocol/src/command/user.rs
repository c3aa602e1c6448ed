//! `user`: who is signed in, in which role.

use crate::{Fault, view::UserView};

wire_struct! {
    /// Nothing to say.
    #[cfg_attr(feature = "bindings", ts(rename = "UserArgs"), schemars(rename = "UserArgs"))]
    #[derive(Default, Eq)]
    pub struct Args {}

    /// The user of this page's session.
    #[cfg_attr(feature = "bindings", ts(rename = "UserResult"), schemars(rename = "UserResult"))]
    pub struct User {
        /// Name, role and organisation.
        pub user: UserView,
    }
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}
