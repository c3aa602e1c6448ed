//! Kernel, distribution and desktop.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use serde_json::{Map, Value, json};
use wardkey_protocol::version::{BUILD, VersionRange};

#[cfg(unix)]
use unix::{distribution, kernel};
#[cfg(windows)]
use windows::{distribution, kernel};

/// What helps to know of this computer. Its name is not among it.
pub fn facts(variable: impl Fn(&str) -> Option<String>) -> Value {
    let (name, release) = kernel();
    let environment: Map<_, _> = VARIABLES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), variable(name)?.into())))
        .collect();
    json!({
        "host": BUILD,
        "protocol": { "min": VersionRange::OURS.min, "max": VersionRange::OURS.max },
        "kernel": {
            "name": name,
            "release": release,
            "machine": std::env::consts::ARCH,
        },
        "distribution": distribution(),
        "desktop": environment,
    })
}

/// What tells the desktop, and nothing of who uses it.
const VARIABLES: [&str; 8] = [
    "DESKTOP_SESSION",
    "DISPLAY",
    "LANG",
    "PCSCLITE_CSOCK_NAME",
    "WARDKEY_INSTANCE",
    "WAYLAND_DISPLAY",
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_TYPE",
];
