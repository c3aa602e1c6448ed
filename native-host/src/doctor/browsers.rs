//! The browsers on this computer: where, which version, and whether they may start a program.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use wardkey_protocol::own::Finding;

use super::{codes::Code, system::System};
use crate::install::Browser;

/// A browser that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Which.
    pub browser: Browser,
    /// How it came here.
    pub packaging: Packaging,
    /// Its program; of a Snap or a Flatpak its folder.
    pub path: PathBuf,
    /// Its version, where it says.
    pub version: Option<String>,
    /// It was asked for its version, and did not answer.
    pub silent: bool,
}

/// How a browser came onto this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packaging {
    /// As a Flatpak.
    Flatpak,
    /// As an ordinary program.
    Native,
    /// As a Snap.
    Snap,
}

impl Installed {
    /// Whether it may start a program outside itself.
    pub fn is_native(&self) -> bool {
        self.packaging == Packaging::Native
    }
}

/// Looks for every browser in the usual places.
pub fn installed(system: &System) -> Vec<Installed> {
    let mut found = Vec::new();
    for (browser, names) in NAMES {
        let places = |paths: &[&str], packaging| {
            let exists = |path: &&&str| system.file(path).exists();
            let path = paths.iter().find(exists).map(|path| system.file(path));
            let of = |path| Installed {
                browser: *browser,
                packaging,
                path,
                version: None,
                silent: false,
            };
            path.map(of)
        };
        found.extend(places(names.programs, Packaging::Native));
        found.extend(places(names.snaps, Packaging::Snap));
        let own = system.own(".local/share/flatpak/app");
        let folders = [Some(system.file("/var/lib/flatpak/app")), own];
        let flatpak = folders
            .into_iter()
            .flatten()
            .map(|folder| folder.join(names.flatpak))
            .find(|path| path.exists());
        found.extend(flatpak.map(|path| Installed {
            browser: *browser,
            packaging: Packaging::Flatpak,
            path,
            version: None,
            silent: false,
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

/// What there is to say of them.
pub fn findings(installed: &[Installed]) -> Vec<Finding> {
    if installed.is_empty() {
        return vec![Code::BrowserMissing.found()];
    }
    installed.iter().map(finding).collect()
}

fn finding(installed: &Installed) -> Finding {
    let name = installed.browser.name();
    let oldest = oldest(installed.browser);
    let versioned = match &installed.version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    };
    let is_old = installed.version.as_deref().and_then(major).is_some_and(|it| it < oldest);
    let finding = match installed.packaging {
        Packaging::Flatpak => {
            let says =
                format!("{versioned} is a Flatpak, which may start no program outside itself.");
            Code::BrowserFlatpak.says(says)
        }
        Packaging::Snap => {
            let says = format!("{versioned} is a Snap, which may start no program outside itself.");
            Code::BrowserSnap.says(says)
        }
        Packaging::Native if is_old => {
            let says = format!("{versioned} is older than the extension needs.");
            Code::BrowserOld.says(says).with("oldest", oldest)
        }
        Packaging::Native if installed.silent => {
            Code::BrowserSilent.says(format!("{name} is installed, and does not say its version."))
        }
        Packaging::Native => Code::Browser.says(format!("{versioned} is installed.")),
    };
    finding.with("path", installed.path.display().to_string())
}

/// The oldest version that the extension runs in, as its manifest has it.
pub fn oldest(browser: Browser) -> u32 {
    if browser == Browser::Firefox { OLDEST_FIREFOX } else { OLDEST_CHROMIUM }
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

/// The first word that begins with a digit.
fn number(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    words.find(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned)
}

fn major(version: &str) -> Option<u32> {
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
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

const OLDEST_CHROMIUM: u32 = 120;
const OLDEST_FIREFOX: u32 = 142;
const PATIENCE: Duration = Duration::from_secs(3);
const MAX_SAID: u64 = 4096;

#[cfg(test)]
mod tests;
