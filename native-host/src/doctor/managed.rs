//! What an administrator has set for a browser, where files say so.

use serde_json::Value;

use super::system::{System, entries, json};
use crate::install::{Browser, HOST_NAME};

/// The settings of one browser, from every file that there is.
#[derive(Debug, Default)]
pub struct Managed(Vec<Value>);

/// What an administrator wants of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It may not be there.
    Blocked,
    /// It is installed by itself.
    Installed,
}

impl Managed {
    /// Those of a browser.
    pub fn of(browser: Browser, system: &System) -> Self {
        let files = folders(browser).iter().flat_map(|folder| entries(&system.file(folder)));
        let is_json = |path: &std::path::PathBuf| path.extension().is_some_and(|it| it == "json");
        let settings = files.filter(is_json).filter_map(|file| json(&file));
        // Firefox keeps its own under one key.
        let firefox = |value: Value| match value.get("policies") {
            Some(policies) if browser == Browser::Firefox => policies.clone(),
            _ => value,
        };
        Self(settings.map(firefox).collect())
    }

    /// What is set of an extension; `None` where nothing is.
    pub fn wish(&self, id: &str) -> Option<Wish> {
        let mode = |settings: &Value| settings["installation_mode"].as_str().map(str::to_owned);
        for settings in &self.0 {
            let own = mode(&settings["ExtensionSettings"][id]);
            let forced = self
                .lists("ExtensionInstallForcelist", |entry| entry.split(';').next() == Some(id));
            match own.as_deref() {
                Some("blocked" | "removed") => return Some(Wish::Blocked),
                Some("force_installed" | "normal_installed") => return Some(Wish::Installed),
                Some(_) => return None,
                None if forced => return Some(Wish::Installed),
                None => {}
            }
            let all = mode(&settings["ExtensionSettings"]["*"]);
            let blocked = all.as_deref() == Some("blocked")
                || self.lists("ExtensionInstallBlocklist", |entry| entry == "*" || entry == id);
            if blocked && !self.lists("ExtensionInstallAllowlist", |entry| entry == id) {
                return Some(Wish::Blocked);
            }
        }
        None
    }

    /// Whether the browser may not start our host.
    pub fn blocks_host(&self) -> bool {
        let named = |entry: &str| entry == "*" || entry == HOST_NAME;
        self.lists("NativeMessagingBlocklist", named)
            && !self.lists("NativeMessagingAllowlist", |entry| entry == HOST_NAME)
    }

    /// Whether the browser starts hosts that a user installed for himself.
    pub fn admits_hosts_of_users(&self) -> bool {
        !self.0.iter().any(|settings| settings["NativeMessagingUserLevelHosts"] == false)
    }

    fn lists(&self, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        let lists = self.0.iter().filter_map(|settings| settings[name].as_array());
        lists.flatten().filter_map(Value::as_str).any(fits)
    }
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
