//! `sign_out`: ends a session at its server, for everybody.

wire_struct! {
    /// Which session.
    #[cfg_attr(feature = "bindings", ts(rename = "OwnSignOutArgs"), schemars(rename = "OwnSignOutArgs"))]
    #[derive(Eq)]
    pub struct Args {
        /// The session's name.
        pub session: String,
    }
}
