use std::path::Path;

use anyhow::Result;

use super::Browser;

/// Names the folder below which a user's manifests lie.
pub const HOME: &str = "HOME";

/// Nothing: browsers look into their folders.
pub fn register(_browser: Browser, _system: bool, _manifest: &Path) -> Result<()> {
    Ok(())
}

/// Nothing either.
pub fn unregister(_browser: Browser, _system: bool, _manifest: &Path) -> Result<()> {
    Ok(())
}
