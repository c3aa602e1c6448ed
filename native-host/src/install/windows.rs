//! Windows' browsers are told in the registry where the manifest is:
//! <https://developer.chrome.com/docs/extensions/develop/concepts/native-messaging>,
//! <https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Native_manifests>.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE};

use super::{Browser, HOST_NAME};

/// Names the folder below which a user's manifests lie.
pub const HOME: &str = "LOCALAPPDATA";

/// Names the manifest to a browser.
///
/// # Errors
///
/// What the registry says.
pub fn register(browser: Browser, system: bool, manifest: &Path) -> Result<()> {
    let manifest = manifest.to_str().context("a path that is no Unicode")?;
    let path = path(browser);
    let set = || root(system).create(&path)?.set_string("", manifest);
    set().with_context(|| path.clone())
}

/// Takes back what names this manifest, and nothing else.
///
/// # Errors
///
/// What the registry says.
pub fn unregister(browser: Browser, system: bool, manifest: &Path) -> Result<()> {
    if registered(browser, system).as_deref() != Some(manifest) {
        return Ok(());
    }
    let path = path(browser);
    root(system).remove_tree(&path).with_context(|| path.clone())
}

/// The manifest that a browser is told of.
pub fn registered(browser: Browser, system: bool) -> Option<PathBuf> {
    root(system).open(path(browser)).ok()?.get_string("").ok().map(PathBuf::from)
}

fn root(system: bool) -> &'static Key {
    if system { LOCAL_MACHINE } else { CURRENT_USER }
}

fn path(browser: Browser) -> String {
    let vendor = match browser {
        Browser::Brave => r"BraveSoftware\Brave-Browser",
        Browser::Chrome => r"Google\Chrome",
        Browser::Chromium => "Chromium",
        Browser::Edge => r"Microsoft\Edge",
        Browser::Firefox => "Mozilla",
        Browser::Vivaldi => "Vivaldi",
    };
    format!(r"Software\{vendor}\NativeMessagingHosts\{HOST_NAME}")
}
