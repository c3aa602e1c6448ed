use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::*;
use crate::doctor::browsers::Packaging;

struct Computer {
    system: System,
    installed: Vec<Installed>,
    host: PathBuf,
    _folder: tempfile::TempDir,
}

impl Computer {
    /// Chromium, and a host.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let system = System::below(folder.path());
        let installed = vec![Installed {
            browser: Browser::Chromium,
            packaging: Packaging::Native,
            path: "/usr/lib/chromium/chromium".into(),
            version: None,
            silent: false,
        }];
        let host = folder.path().join("wardkey-host");
        fs::write(&host, "").unwrap();
        let computer = Self { system, installed, host, _folder: folder };
        computer.may_run(0o755);
        computer
    }

    fn may_run(&self, mode: u32) {
        fs::set_permissions(&self.host, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn manifest(&self) -> Value {
        json!({
            "name": HOST_NAME,
            "path": self.host,
            "type": "stdio",
            "allowed_origins": [format!("chrome-extension://{}/", OUR_EXTENSIONS[0])],
        })
    }

    fn of_user(&self, text: &str) -> &Self {
        self.write(&of_user(&self.system, Browser::Chromium).unwrap(), text)
    }

    fn write(&self, file: &Path, text: &str) -> &Self {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }

    fn codes(&self) -> Vec<String> {
        let found = findings(&self.system, &self.installed, Some(&self.host), &[]);
        found.into_iter().map(|finding| finding.code).collect()
    }
}

#[test]
fn what_can_be_wrong_with_a_manifest_is_told_apart() {
    let computer = Computer::new();
    assert_eq!(computer.codes(), ["manifest_missing"]);
    let right = computer.manifest();
    let with = |key: &str, value: Value| {
        let mut manifest = right.clone();
        manifest[key] = value;
        manifest.to_string()
    };
    for (text, code) in [
        (right.to_string(), "manifest"),
        ("{".to_owned(), "manifest_malformed"),
        (with("name", json!("another.host")), "manifest_malformed"),
        (with("path", json!("/usr/bin/env")), "manifest_other_program"),
        (with("path", json!("/nowhere/wardkey-host")), "manifest_program_missing"),
        (
            with(
                "allowed_origins",
                json!(["chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"]),
            ),
            "manifest_other_extension",
        ),
    ] {
        assert_eq!(computer.of_user(&text).codes(), [code], "{text}");
    }
    computer.of_user(&right.to_string()).may_run(0o644);
    assert_eq!(computer.codes(), ["manifest_program_missing"]);
}

#[test]
fn the_users_own_manifest_counts_before_that_of_all_users() {
    let computer = Computer::new();
    let of_all =
        computer.system.file(Browser::Chromium.system_folder().join("org.wardkey.host.json"));
    computer.write(&of_all, &computer.manifest().to_string());
    assert_eq!(computer.codes(), ["manifest"]);
    assert_eq!(computer.of_user("{").codes(), ["manifest_malformed"]);
}

#[test]
fn an_administrator_may_keep_browsers_from_hosts() {
    let computer = Computer::new();
    computer.of_user(&computer.manifest().to_string());
    let settings = computer.system.file("/etc/chromium/policies/managed/hospital.json");
    for (set, code) in [
        (json!({"NativeMessagingBlocklist": ["*"]}), "manifest_blocked"),
        (json!({"NativeMessagingUserLevelHosts": false}), "manifest_blocked"),
        (
            json!({
                "NativeMessagingBlocklist": ["*"],
                "NativeMessagingAllowlist": ["org.wardkey.host"],
            }),
            "manifest",
        ),
    ] {
        computer.write(&settings, &set.to_string());
        assert_eq!(computer.codes(), [code], "{set}");
    }
}

#[test]
fn a_browser_that_may_start_nothing_needs_no_manifest() {
    let mut computer = Computer::new();
    computer.installed[0].packaging = Packaging::Snap;
    assert_eq!(computer.codes(), ["manifest_missing"], "no browser knows the host");
    let found = findings(&computer.system, &computer.installed, None, &[]);
    assert_eq!(found[0].found, "No browser knows this host.");
}
