//! Group Policy writes browsers' policies into the registry:
//! <https://chromeenterprise.google/policies/>, <https://mozilla.github.io/policy-templates/>.

use serde_json::Value;

use crate::{
    doctor::system::{System, windows::Hive},
    install::Browser,
};

/// What the registry has for every user, then for this one.
pub fn settings(browser: Browser, system: &System) -> Vec<Value> {
    let path = format!(r"SOFTWARE\Policies\{}", vendor(browser));
    let keys = Hive::ALL.into_iter().filter_map(|hive| system.windows.registry.key(hive, &path));
    keys.map(meant).collect()
}

/// A key of numbered values is meant as a list, and a text that is a JSON object as that object.
fn meant(value: Value) -> Value {
    match value {
        Value::Object(key) => {
            let number = |name: &String| name.parse::<u32>().ok();
            if !key.is_empty() && key.keys().all(|name| number(name).is_some()) {
                let mut entries: Vec<_> = key.into_iter().collect();
                entries.sort_by_key(|(name, _)| number(name));
                return entries.into_iter().map(|(_, entry)| meant(entry)).collect();
            }
            Value::Object(key.into_iter().map(|(name, value)| (name, meant(value))).collect())
        }
        Value::String(text) => {
            let object = serde_json::from_str(&text).ok().filter(Value::is_object);
            object.unwrap_or(Value::String(text))
        }
        other => other,
    }
}

fn vendor(browser: Browser) -> &'static str {
    match browser {
        Browser::Brave => r"BraveSoftware\Brave",
        Browser::Chrome => r"Google\Chrome",
        Browser::Chromium => "Chromium",
        Browser::Edge => r"Microsoft\Edge",
        Browser::Firefox => r"Mozilla\Firefox",
        Browser::Vivaldi => "Vivaldi",
    }
}
