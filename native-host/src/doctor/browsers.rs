//! The browsers on this computer: where, which version, and whether they may start a program.

#[cfg(unix)]
mod unix;
#[cfg(any(windows, test))]
mod windows;

use std::path::PathBuf;

use wardkey_protocol::own::Finding;

use super::codes::Code;
use crate::install::Browser;
#[cfg(unix)]
pub use unix::installed;
#[cfg(windows)]
pub use windows::installed;

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
#[cfg_attr(windows, expect(dead_code, reason = "Windows has neither Snaps nor Flatpaks"))]
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

/// What there is to say of them.
pub fn findings(installed: &[Installed]) -> Vec<Finding> {
    match installed {
        // Of no other system the usual places are known.
        [] if !cfg!(any(target_os = "linux", windows)) => vec![Code::BrowserUnknown.found()],
        [] => vec![Code::BrowserMissing.found()],
        installed => installed.iter().map(finding).collect(),
    }
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

/// The first word that begins with a digit.
fn number(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    words.find(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned)
}

fn major(version: &str) -> Option<u32> {
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

const OLDEST_CHROMIUM: u32 = 120;
const OLDEST_FIREFOX: u32 = 142;

#[cfg(test)]
mod tests;
