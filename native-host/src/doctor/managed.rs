//! What an administrator has set for a browser, where files or Windows' registry say so.

#[cfg(unix)]
mod unix;
#[cfg(any(windows, test))]
mod windows;

use serde_json::Value;

use super::system::System;
use crate::install::{Browser, HOST_NAME};
#[cfg(unix)]
use unix::settings;
#[cfg(windows)]
use windows::settings;

/// The settings of one browser, from every place that there is.
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
        Self(settings(browser, system))
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

    /// Whether something is set for the extension itself, such as the service desk's text.
    pub fn configures(&self, id: &str) -> bool {
        let set = |settings: &Value| {
            let own = &settings["3rdparty"];
            // Chromium's name, and Firefox's.
            own["extensions"][id].is_object() || own["Extensions"][id].is_object()
        };
        self.0.iter().any(set)
    }

    /// Whether the browser may not start our host.
    pub fn blocks_host(&self) -> bool {
        let named = |entry: &str| entry == "*" || entry == HOST_NAME;
        self.lists("NativeMessagingBlocklist", named)
            && !self.lists("NativeMessagingAllowlist", |entry| entry == HOST_NAME)
    }

    /// Whether the browser starts hosts that a user installed for himself.
    pub fn admits_hosts_of_users(&self) -> bool {
        let keeps_out = |settings: &Value| {
            let set = &settings["NativeMessagingUserLevelHosts"];
            // The registry has no other `false`.
            *set == false || *set == 0
        };
        !self.0.iter().any(keeps_out)
    }

    fn lists(&self, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        let lists = self.0.iter().filter_map(|settings| settings[name].as_array());
        lists.flatten().filter_map(Value::as_str).any(fits)
    }
}

#[cfg(test)]
mod tests;
