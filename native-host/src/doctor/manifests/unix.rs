use std::path::{Path, PathBuf};

use crate::{
    doctor::system::System,
    install::{Browser, HOST_NAME},
};

/// Where a browser looks for every user's manifest.
pub fn of_all(system: &System, browser: Browser) -> Option<PathBuf> {
    Some(system.file(browser.system_folder().join(file())))
}

/// Where it looks for this user's.
pub fn of_user(system: &System, browser: Browser) -> Option<PathBuf> {
    let home = system.home.as_deref()?;
    Some(browser.user_folder(home).join(file()))
}

fn file() -> String {
    format!("{HOST_NAME}.json")
}

/// The program that a manifest names.
pub fn program(_manifest: &Path, path: &str) -> PathBuf {
    PathBuf::from(path)
}
