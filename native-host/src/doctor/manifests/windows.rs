use std::path::{Path, PathBuf};

use crate::{
    doctor::system::System,
    install::{Browser, registry},
};

/// The manifest that every user's registry names to a browser.
pub fn of_all(_system: &System, browser: Browser) -> Option<PathBuf> {
    registry::registered(browser, true)
}

/// The one that this user's names.
pub fn of_user(_system: &System, browser: Browser) -> Option<PathBuf> {
    registry::registered(browser, false)
}

/// The program that a manifest names, by a path that may begin at the manifest's own folder.
pub fn program(manifest: &Path, path: &str) -> PathBuf {
    manifest.parent().unwrap_or(manifest).join(path)
}
