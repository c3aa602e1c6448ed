use std::fs;

use serde_json::Value;

/// The kernel's name and release.
pub fn kernel() -> (String, String) {
    let told = |name: &str| {
        let text = fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default();
        text.trim().to_owned()
    };
    (told("ostype"), told("osrelease"))
}

/// Of os-release(5), the keys that name it.
pub fn distribution() -> Value {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let named = pairs.filter(|(key, _)| ["ID", "PRETTY_NAME", "VERSION_ID"].contains(key));
    named.map(|(key, value)| (key.to_lowercase(), Value::from(value.trim_matches('"')))).collect()
}
