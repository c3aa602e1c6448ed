use std::fs;

use serde_json::json;

use super::*;
use crate::doctor::browsers::Packaging;

struct Computer {
    system: System,
    installed: Vec<Installed>,
    _folder: tempfile::TempDir,
}

impl Computer {
    fn with(browsers: &[Browser]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let installed = browsers.iter().map(|browser| Installed {
            browser: *browser,
            packaging: Packaging::Native,
            path: "/opt/browser".into(),
            version: None,
            silent: false,
        });
        let installed = installed.collect();
        Self { system: System::below(folder.path()), installed, _folder: folder }
    }

    fn write(&self, path: &str, content: &Value) -> &Self {
        let file = match path.strip_prefix("~/") {
            Some(own) => self.system.own(own).unwrap(),
            None => self.system.file(path),
        };
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content.to_string()).unwrap();
        self
    }

    fn codes(&self) -> Vec<String> {
        findings(&self.system, &self.installed, &[]).into_iter().map(|it| it.code).collect()
    }
}

#[test]
fn profiles_tell_whether_the_extension_is_there_and_turned_on() {
    let [chromium, firefox] = [Browser::Chromium, Browser::Firefox];
    let computer = Computer::with(&[chromium, firefox]);
    assert_eq!(computer.codes(), ["extension_unknown", "extension_unknown"]);
    let preferences = "~/.config/chromium/Default/Preferences";
    computer.write(preferences, &json!({}));
    computer.write("~/.mozilla/firefox/a.default/prefs.js", &json!(""));
    assert_eq!(computer.codes(), ["extension_missing", "extension_missing"]);

    let settings =
        |settings: Value| json!({"extensions": {"settings": {OUR_EXTENSIONS[0]: settings}}});
    for turned_off in
        [json!({"state": 0}), json!({"disable_reasons": [1]}), json!({"disable_reasons": 1})]
    {
        computer.write(preferences, &settings(turned_off));
        assert_eq!(computer.codes(), ["extension_disabled", "extension_missing"]);
    }
    computer.write(preferences, &settings(json!({"disable_reasons": [], "path": "/x"})));
    assert_eq!(computer.codes(), ["extension"]);

    let addon = |active: bool| json!({"addons": [{"id": OUR_EXTENSIONS[1], "version": "0.1.0", "active": active}]});
    let extensions = "~/.mozilla/firefox/a.default/extensions.json";
    computer.write(preferences, &json!({})).write(extensions, &addon(false));
    assert_eq!(computer.codes(), ["extension_missing", "extension_disabled"]);
    computer.write(extensions, &addon(true));
    assert_eq!(computer.codes(), ["extension"]);
    let found = findings(&computer.system, &computer.installed, &[]);
    assert_eq!(found[0].found, "Firefox has the extension 0.1.0.");
}

#[test]
fn a_store_keeps_an_extension_in_a_folder_of_its_id() {
    let computer = Computer::with(&[Browser::Chrome]);
    computer.write("~/.config/google-chrome/Profile 1/Secure Preferences", &json!({}));
    let id = OUR_EXTENSIONS[0];
    let stored = format!("~/.config/google-chrome/Profile 1/Extensions/{id}/0.1.0_0/manifest.json");
    computer.write(&stored, &json!({}));
    let found = findings(&computer.system, &computer.installed, &[]);
    assert_eq!(found[0].found, "Chrome has the extension 0.1.0.");
}

#[test]
fn windows_profiles_lie_in_folders_of_their_own() {
    let computer = Computer::with(&[]);
    let system = &computer.system;
    let local = system.windows.local.clone().unwrap();
    let roaming = system.windows.roaming.clone().unwrap();
    let write = |file: &Path, content: Value| {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content.to_string()).unwrap();
    };
    let read = |browser| {
        let folder = windows::profiles_of(system, browser);
        profiles(folder.as_deref(), browser, OUR_EXTENSIONS)
    };
    assert_eq!(read(Browser::Edge), (0, Vec::new()));
    for (browser, folder) in
        [(Browser::Chrome, "Google/Chrome/User Data"), (Browser::Edge, "Microsoft/Edge/User Data")]
    {
        let profile = local.join(folder).join("Profile 1");
        write(&profile.join("Secure Preferences"), json!({}));
        assert_eq!(read(browser), (1, Vec::new()));
        let stored = profile.join("Extensions").join(OUR_EXTENSIONS[0]).join("0.1.0_0");
        write(&stored.join("manifest.json"), json!({}));
        assert_eq!(read(browser), (1, vec![Kept::Enabled(Some("0.1.0".to_owned()))]));
    }
    let profile = roaming.join("Mozilla/Firefox/Profiles/a.default");
    write(&profile.join("prefs.js"), json!(""));
    assert_eq!(read(Browser::Firefox), (1, Vec::new()));
    write(&profile.join("extensions").join(format!("{}.xpi", OUR_EXTENSIONS[1])), json!(""));
    assert_eq!(read(Browser::Firefox), (1, vec![Kept::Enabled(None)]));
    let addon = json!({"id": OUR_EXTENSIONS[1], "version": "0.1.0", "active": false});
    write(&profile.join("extensions.json"), json!({"addons": [addon]}));
    assert_eq!(read(Browser::Firefox), (1, vec![Kept::Disabled]));
}

#[test]
fn an_administrator_may_want_it_or_not() {
    let id = OUR_EXTENSIONS[0];
    for (settings, code) in [
        (
            json!({"ExtensionInstallForcelist": [format!("{id};https://updates.example")]}),
            "extension",
        ),
        (json!({"ExtensionSettings": {id: {"installation_mode": "force_installed"}}}), "extension"),
        (
            json!({"ExtensionSettings": {"*": {"installation_mode": "blocked"}}}),
            "extension_blocked",
        ),
        (json!({"ExtensionInstallBlocklist": ["*"]}), "extension_blocked"),
        (
            json!({"ExtensionInstallBlocklist": ["*"], "ExtensionInstallAllowlist": [id]}),
            "extension_missing",
        ),
    ] {
        let computer = Computer::with(&[Browser::Edge]);
        computer.write("~/.config/microsoft-edge/Default/Preferences", &json!({}));
        computer.write("/etc/opt/edge/policies/managed/hospital.json", &settings);
        assert_eq!(computer.codes(), [code], "{settings}");
    }
}
