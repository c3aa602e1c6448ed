use serde_json::json;

use super::*;
use crate::{
    doctor::system::windows::{Hive, Registry},
    install::OUR_EXTENSIONS,
};

/// What Group Policy writes for a vendor's browser.
fn of_windows(browser: Browser, hive: Hive, vendor: &str, key: &Value) -> Managed {
    let folder = tempfile::tempdir().unwrap();
    let mut system = System::below(folder.path());
    let path = format!(r"SOFTWARE\Policies\{vendor}");
    system.windows.registry = Registry::of([(hive, path, key.clone())]);
    Managed(windows::settings(browser, &system))
}

#[test]
fn group_policy_wants_extensions_or_not() {
    let id = OUR_EXTENSIONS[0];
    let forced = format!("{id};https://updates.example");
    let settings = json!({id: {"installation_mode": "blocked"}});
    for (key, wish) in [
        (json!({}), None),
        (json!({"ExtensionInstallForcelist": {"1": "a;b", "2": forced}}), Some(Wish::Installed)),
        (json!({"ExtensionSettings": settings.to_string()}), Some(Wish::Blocked)),
        (json!({"ExtensionSettings": settings}), Some(Wish::Blocked)),
        (json!({"ExtensionInstallBlocklist": {"1": "*"}}), Some(Wish::Blocked)),
    ] {
        for hive in Hive::ALL {
            let managed = of_windows(Browser::Edge, hive, r"Microsoft\Edge", &key);
            assert_eq!(managed.wish(id), wish, "{key}");
        }
    }
    // Firefox's as lines of one text.
    let id = OUR_EXTENSIONS[1];
    let text = format!("{{\n\"{id}\": {{\"installation_mode\": \"force_installed\"}}\n}}");
    let key = json!({"ExtensionSettings": text});
    let managed = of_windows(Browser::Firefox, Hive::Machine, r"Mozilla\Firefox", &key);
    assert_eq!(managed.wish(id), Some(Wish::Installed));
}

#[test]
fn group_policy_keeps_hosts_out_and_configures_the_extension() {
    let id = OUR_EXTENSIONS[0];
    let key = json!({
        "NativeMessagingBlocklist": {"1": "*"},
        "NativeMessagingUserLevelHosts": 0,
        "3rdparty": {"extensions": {id: {"policy": {"service_desk": "{}"}}}},
    });
    let set = of_windows(Browser::Chrome, Hive::Machine, r"Google\Chrome", &key);
    assert!(set.blocks_host() && !set.admits_hosts_of_users() && set.configures(id));
    let unset = of_windows(Browser::Chromium, Hive::Machine, r"Google\Chrome", &key);
    assert!(!unset.blocks_host() && unset.admits_hosts_of_users() && !unset.configures(id));
}
