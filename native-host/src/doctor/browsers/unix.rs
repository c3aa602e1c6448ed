use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::{Installed, Packaging, number};
use crate::{doctor::system::System, install::Browser};

/// Looks for every browser in the usual places, and asks each for its version.
pub fn installed(system: &System) -> Vec<Installed> {
    let mut found = Vec::new();
    for (browser, names) in NAMES {
        let exists = |path: &PathBuf| path.exists();
        let first = |paths: &[&str]| paths.iter().map(|path| system.file(path)).find(exists);
        let flatpaks =
            [Some(system.file("/var/lib/flatpak/app")), system.own(".local/share/flatpak/app")];
        let mut flatpaks = flatpaks.into_iter().flatten().map(|folder| folder.join(names.flatpak));
        let ways = [
            (Packaging::Native, first(names.programs)),
            (Packaging::Snap, first(names.snaps)),
            (Packaging::Flatpak, flatpaks.find(exists)),
        ];
        found.extend(ways.into_iter().filter_map(|(packaging, path)| {
            let (version, silent) = (None, false);
            Some(Installed { browser: *browser, packaging, path: path?, version, silent })
        }));
    }
    thread::scope(|scope| {
        for browser in &mut found {
            scope.spawn(move || match version(browser) {
                Ok(version) => browser.version = version,
                Err(_) => browser.silent = true,
            });
        }
    });
    found
}

/// `Err` where it was asked and did not answer.
fn version(installed: &Installed) -> Result<Option<String>, RecvTimeoutError> {
    match installed.packaging {
        Packaging::Native => said(&installed.path),
        Packaging::Snap => Ok(of_snap(&installed.path)),
        Packaging::Flatpak => Ok(None),
    }
}

fn of_snap(folder: &Path) -> Option<String> {
    let yaml = std::fs::read_to_string(folder.join("meta/snap.yaml")).ok()?;
    let line = yaml.lines().find_map(|line| line.strip_prefix("version:"))?;
    number(line.trim().trim_matches(['"', '\'']))
}

/// What a program answers to `--version`, within a bound of time.
fn said(program: &Path) -> Result<Option<String>, RecvTimeoutError> {
    let started = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else { return Ok(None) };
    let Some(output) = child.stdout.take() else { return Ok(None) };
    let (sender, text) = mpsc::channel();
    thread::spawn(move || {
        let mut octets = Vec::new();
        // What comes before it breaks off may say it. Nobody may be waiting any more.
        let _ = output.take(MAX_SAID).read_to_end(&mut octets);
        let _ = sender.send(String::from_utf8_lossy(&octets).into_owned());
    });
    let text = text.recv_timeout(PATIENCE);
    // It has ended by itself, or it is to.
    let _ = child.kill();
    let _ = child.wait();
    Ok(number(&text?))
}

/// What a browser is called by those who package it.
struct Names {
    /// The programs themselves: what stands in `/usr/bin` may be a script that starts a Snap.
    programs: &'static [&'static str],
    snaps: &'static [&'static str],
    flatpak: &'static str,
}

const NAMES: &[(Browser, Names)] = &[
    (
        Browser::Brave,
        Names {
            programs: &["/opt/brave.com/brave/brave"],
            snaps: &["/snap/brave/current", "/var/lib/snapd/snap/brave/current"],
            flatpak: "com.brave.Browser",
        },
    ),
    (
        Browser::Chrome,
        Names {
            programs: &["/opt/google/chrome/chrome"],
            snaps: &[],
            flatpak: "com.google.Chrome",
        },
    ),
    (
        Browser::Chromium,
        Names {
            programs: &[
                "/usr/lib/chromium/chromium",
                "/usr/lib64/chromium-browser/chromium-browser",
                "/usr/lib/chromium-browser/chromium-browser",
            ],
            snaps: &["/snap/chromium/current", "/var/lib/snapd/snap/chromium/current"],
            flatpak: "org.chromium.Chromium",
        },
    ),
    (
        Browser::Edge,
        Names {
            programs: &["/opt/microsoft/msedge/msedge"],
            snaps: &[],
            flatpak: "com.microsoft.Edge",
        },
    ),
    (
        Browser::Firefox,
        Names {
            programs: &[
                "/usr/lib/firefox/firefox",
                "/usr/lib/firefox-esr/firefox-esr",
                "/usr/lib64/firefox/firefox",
                "/opt/firefox/firefox",
            ],
            snaps: &["/snap/firefox/current", "/var/lib/snapd/snap/firefox/current"],
            flatpak: "org.mozilla.firefox",
        },
    ),
    (
        Browser::Vivaldi,
        Names {
            programs: &["/opt/vivaldi/vivaldi"],
            snaps: &["/snap/vivaldi/current", "/var/lib/snapd/snap/vivaldi/current"],
            flatpak: "com.vivaldi.Vivaldi",
        },
    ),
];

const PATIENCE: Duration = Duration::from_secs(3);
const MAX_SAID: u64 = 4096;
