use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use wardkey_protocol::own::FindingState;

use super::*;
use crate::doctor::system::{
    System,
    windows::{Hive, Registry, below},
};

fn make(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_snap_and_a_flatpak_are_told_from_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let system = System::below(folder.path());
    assert_eq!(findings(&installed(&system))[0].code, "browser_missing");
    make(
        &system.file("/usr/lib/chromium/chromium"),
        "#!/bin/sh\necho 'Chromium 141.0.7390.65 built on Debian'\n",
    );
    make(&system.file("/usr/lib/firefox/firefox"), "#!/bin/sh\necho 'Mozilla Firefox 115.0esr'\n");
    make(&system.file("/snap/firefox/current/meta/snap.yaml"), "name: firefox\nversion: 145.0-2\n");
    make(&system.own(".local/share/flatpak/app/com.google.Chrome/current").unwrap(), "");
    let found = findings(&installed(&system));
    let said: Vec<_> = found.iter().map(|it| (it.code.as_str(), it.found.as_str())).collect();
    let sandboxed = "which may start no program outside itself.";
    assert_eq!(
        said,
        [
            ("browser_flatpak", &*format!("Chrome is a Flatpak, {sandboxed}")),
            ("browser", "Chromium 141.0.7390.65 is installed."),
            ("browser_old", "Firefox 115.0esr is older than the extension needs."),
            ("browser_snap", &*format!("Firefox 145.0-2 is a Snap, {sandboxed}")),
        ]
    );
    assert_eq!(found[2].details["oldest"], 142);
    assert!(found.iter().all(|it| (it.state == FindingState::Ok) == it.remedy.is_empty()));
}

#[test]
fn a_browser_that_does_not_say_its_version_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let system = System::below(folder.path());
    make(&system.file("/opt/google/chrome/chrome"), "#!/bin/sh\nexec sleep 60\n");
    let found = installed(&system);
    assert_eq!((found.len(), &found[0].version), (1, &None));
    assert_eq!(findings(&found)[0].code, "browser_silent");
}

#[test]
fn windows_browsers_are_where_its_registry_says_or_in_the_usual_folders() {
    let folder = tempfile::tempdir().unwrap();
    let mut system = System::below(folder.path());
    let elsewhere = folder.path().join("elsewhere");
    let file = |path: &str| below(&elsewhere, path);
    let registered = |hive, program: &str, path: &Path| {
        let key = format!(r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\{program}");
        (hive, key, serde_json::json!({"": format!("\"{}\"", path.display())}))
    };
    system.windows.registry = Registry::of([
        // What was uninstalled badly.
        registered(Hive::Machine, "chrome.exe", &file("Google/chrome.exe")),
        registered(Hive::User, "chrome.exe", &file("Chromium/Application/chrome.exe")),
        registered(Hive::Machine, "msedge.exe", &file("msedge.exe")),
        registered(Hive::User, "firefox.exe", &file("Firefox/firefox.exe")),
    ]);
    assert_eq!(windows::installed(&system), []);
    for version in ["9.0.0.1", "141.0.7390.65", "SetupMetrics"] {
        std::fs::create_dir_all(file("Chromium/Application").join(version)).unwrap();
    }
    make(&file("Chromium/Application/chrome.exe"), "");
    make(&file("msedge.exe"), "");
    make(&file("Firefox/firefox.exe"), "");
    make(&file("Firefox/application.ini"), "[App]\r\nVendor=Mozilla\r\nVersion=115.9.0\r\n");
    let usual = below(&system.windows.programs[0], "BraveSoftware/Brave-Browser/Application");
    make(&usual.join("brave.exe"), "");
    let found = findings(&windows::installed(&system));
    let said: Vec<_> = found.iter().map(|it| (it.code.as_str(), it.found.as_str())).collect();
    assert_eq!(
        said,
        [
            ("browser", "Brave is installed."),
            ("browser", "Chromium 141.0.7390.65 is installed."),
            ("browser", "Edge is installed."),
            ("browser_old", "Firefox 115.9.0 is older than the extension needs."),
        ]
    );
}

#[test]
fn the_oldest_versions_are_those_of_the_extensions_manifest() {
    let manifest = include_str!("../../../../extension/manifest.json");
    let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
    let version = |value: &serde_json::Value| major(value.as_str().unwrap()).unwrap();
    assert_eq!(version(&manifest["minimum_chrome_version"]), oldest(Browser::Chromium));
    let gecko = &manifest["browser_specific_settings"]["gecko"];
    assert_eq!(version(&gecko["strict_min_version"]), oldest(Browser::Firefox));
}
