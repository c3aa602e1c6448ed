use std::path::PathBuf;

use crate::{
    doctor::system::{System, windows::below},
    install::Browser,
};

/// The folder with this user's profiles of a browser.
pub fn profiles_of(system: &System, browser: Browser) -> Option<PathBuf> {
    let folders = &system.windows;
    let (folder, path) = match browser {
        Browser::Brave => (&folders.local, "BraveSoftware/Brave-Browser/User Data"),
        Browser::Chrome => (&folders.local, "Google/Chrome/User Data"),
        Browser::Chromium => (&folders.local, "Chromium/User Data"),
        Browser::Edge => (&folders.local, "Microsoft/Edge/User Data"),
        Browser::Firefox => (&folders.roaming, "Mozilla/Firefox/Profiles"),
        Browser::Vivaldi => (&folders.local, "Vivaldi/User Data"),
    };
    Some(below(folder.as_deref()?, path))
}
