//! Kernel, distribution and desktop.

use std::fs;

use serde_json::{Map, Value, json};
use wardkey_protocol::version::{BUILD, VersionRange};

/// What helps to know of this computer. Its name is not among it.
pub fn facts(variable: impl Fn(&str) -> Option<String>) -> Value {
    let kernel = |name: &str| {
        let text = fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default();
        text.trim().to_owned()
    };
    let environment: Map<_, _> = VARIABLES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), variable(name)?.into())))
        .collect();
    json!({
        "host": BUILD,
        "protocol": { "min": VersionRange::OURS.min, "max": VersionRange::OURS.max },
        "kernel": {
            "name": kernel("ostype"),
            "release": kernel("osrelease"),
            "machine": std::env::consts::ARCH,
        },
        "distribution": distribution(),
        "desktop": environment,
    })
}

/// Of os-release(5), the keys that name it.
fn distribution() -> Value {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let named = pairs.filter(|(key, _)| ["ID", "PRETTY_NAME", "VERSION_ID"].contains(key));
    named.map(|(key, value)| (key.to_lowercase(), Value::from(value.trim_matches('"')))).collect()
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
