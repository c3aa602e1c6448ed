//! `select_role`: the user chooses another role of a session in the agent's dialog. It answers when
//! they have.

wire_struct! {
    /// Of which session.
    #[cfg_attr(feature = "bindings", ts(rename = "OwnSelectRoleArgs"), schemars(rename = "OwnSelectRoleArgs"))]
    #[derive(Eq)]
    pub struct Args {
        /// The session's name.
        pub session: String,
    }
}
