use std::path::PathBuf;

use crate::{doctor::system::System, install::Browser};

/// The folder with this user's profiles of a browser, beside its manifests.
pub fn profiles_of(system: &System, browser: Browser) -> Option<PathBuf> {
    let manifests = browser.user_folder(system.home.as_deref()?);
    let folder = manifests.parent()?;
    Some(if browser == Browser::Firefox { folder.join("firefox") } else { folder.into() })
}
