use std::path::PathBuf;

use serde_json::Value;

use crate::{
    doctor::system::{System, entries, json},
    install::Browser,
};

/// What the files of policies have.
pub fn settings(browser: Browser, system: &System) -> Vec<Value> {
    let files = folders(browser).iter().flat_map(|folder| entries(&system.file(folder)));
    let is_json = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
    let settings = files.filter(is_json).filter_map(|file| json(&file));
    // Firefox keeps its own under one key.
    let firefox = |value: Value| match value.get("policies") {
        Some(policies) if browser == Browser::Firefox => policies.clone(),
        _ => value,
    };
    settings.map(firefox).collect()
}

fn folders(browser: Browser) -> &'static [&'static str] {
    match browser {
        Browser::Brave => &["/etc/brave/policies/managed"],
        Browser::Chrome => &["/etc/opt/chrome/policies/managed"],
        Browser::Chromium => &["/etc/chromium/policies/managed"],
        Browser::Edge => &["/etc/opt/edge/policies/managed"],
        Browser::Firefox => &[
            "/etc/firefox/policies",
            "/usr/lib/firefox/distribution",
            "/usr/lib/firefox-esr/distribution",
        ],
        Browser::Vivaldi => &["/etc/vivaldi/policies/managed"],
    }
}
