//! `select_role`: the user chooses another role in the agent's dialog.

use crate::{Fault, command::invalid, limits::MAX_TEXT, view::SessionView};

wire_struct! {
    /// Which role the page suggests.
    #[cfg_attr(feature = "bindings", ts(rename = "SelectRoleArgs"), schemars(rename = "SelectRoleArgs"))]
    #[derive(Default, Eq)]
    pub struct Args {
        /// The role profile to put first in the dialog.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub role: Option<String>,
    }

    /// The session with its new role.
    #[cfg_attr(feature = "bindings", ts(rename = "SelectRoleResult"), schemars(rename = "SelectRoleResult"))]
    pub struct RoleSelected {
        /// The session.
        pub session: SessionView,
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
