//! Windows knows programs by `App Paths`:
//! <https://learn.microsoft.com/windows/win32/shell/app-registration>. No browser is asked for its
//! version: it would open a window.

use std::path::{Path, PathBuf};

use super::{Installed, Packaging, number};
use crate::{
    doctor::system::{
        System, entries,
        windows::{Hive, Windows, below},
    },
    install::Browser,
};

/// Looks for every browser by the registry, then in the usual folders.
pub fn installed(system: &System) -> Vec<Installed> {
    let windows = &system.windows;
    let found = NAMES.iter().filter_map(|(browser, program, folder)| {
        let registered = registered(windows, *browser, program);
        let usual =
            windows.programs.iter().map(|programs| below(&below(programs, folder), program));
        let path = registered.into_iter().chain(usual).find(|path| path.is_file())?;
        let version = match browser {
            Browser::Firefox => of_firefox(&path),
            _ => of_chromium(&path),
        };
        let packaging = Packaging::Native;
        Some(Installed { browser: *browser, packaging, path, version, silent: false })
    });
    found.collect()
}

/// Each by the program of its name. Chromium's is called as Chrome's is, and is told by its folder.
fn registered(windows: &Windows, browser: Browser, program: &str) -> Vec<PathBuf> {
    let own = if browser == Browser::Chromium { "chromium.exe" } else { program };
    let paths = [own, program].into_iter().flat_map(|name| {
        let key = format!(r"{APP_PATHS}\{name}");
        Hive::ALL.map(|hive| {
            let key = windows.registry.key(hive, &key)?;
            let path = key[""].as_str()?.trim().trim_matches('"');
            Some(PathBuf::from(path))
        })
    });
    let is_chromium = |path: &Path| path.iter().any(|part| part.eq_ignore_ascii_case("chromium"));
    let fits = |path: &PathBuf| match browser {
        Browser::Chrome => !is_chromium(path),
        Browser::Chromium => !path.ends_with(program) || is_chromium(path),
        _ => true,
    };
    paths.flatten().filter(fits).collect()
}

/// A folder beside the program is named after the version, and after an update the newest is.
fn of_chromium(program: &Path) -> Option<String> {
    let numbers = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.to_owned();
        let parts = name.split('.').map(|part| part.parse::<u32>().ok());
        let parts: Vec<_> = parts.collect::<Option<_>>()?;
        (parts.len() == 4 && path.is_dir()).then_some((parts, name))
    };
    let versions = entries(program.parent()?).into_iter().filter_map(numbers);
    versions.max().map(|(_, name)| name)
}

fn of_firefox(program: &Path) -> Option<String> {
    let text = std::fs::read_to_string(program.parent()?.join("application.ini")).ok()?;
    number(text.lines().find_map(|line| line.strip_prefix("Version="))?)
}

const APP_PATHS: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths";

/// Each one's program, and its folder below one for programs.
const NAMES: &[(Browser, &str, &str)] = &[
    (Browser::Brave, "brave.exe", "BraveSoftware/Brave-Browser/Application"),
    (Browser::Chrome, "chrome.exe", "Google/Chrome/Application"),
    (Browser::Chromium, "chrome.exe", "Chromium/Application"),
    (Browser::Edge, "msedge.exe", "Microsoft/Edge/Application"),
    (Browser::Firefox, "firefox.exe", "Mozilla Firefox"),
    (Browser::Vivaldi, "vivaldi.exe", "Vivaldi/Application"),
];
