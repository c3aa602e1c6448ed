//! Whether the desktop tells of locked screens and sleep, where the policy has sessions follow them.

use std::{io, time::Duration};

use wardkey_protocol::own::Finding;

use super::{codes::Code, within};
use crate::policy::Policy;

/// What there is to say, by one attempt to listen.
pub fn findings(
    policy: &Policy,
    patience: Duration,
    listen: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> Vec<Finding> {
    if !policy.servers.iter().any(|server| server.session_rules().follow_desktop()) {
        return Vec::new();
    }
    let unheard = Code::PolicyDesktopUnheard.found();
    match within(patience, listen) {
        Some(Ok(())) => Vec::new(),
        Some(Err(error)) => vec![unheard.with("reason", error.to_string())],
        None => vec![unheard],
    }
}

/// As the agent does.
///
/// # Errors
///
/// What the system says; macOS is not listened to.
pub fn listen() -> io::Result<()> {
    wardkey_desktop::Desktop::connect().map(drop)
}

#[cfg(test)]
mod tests;
