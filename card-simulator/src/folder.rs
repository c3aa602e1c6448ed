//! Folders that belong to one program at a time.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::fs::{FlockOperation, flock};

/// A folder held by this process, as long as this value lives.
pub struct Hold(#[expect(dead_code, reason = "the lock ends with the open file")] File);

/// Makes a folder that nobody else may enter, unless it exists.
///
/// # Errors
/// When it cannot be made.
pub fn create(folder: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot create {}", folder.display()))
}

/// Holds a folder, by a lock on a file in it.
///
/// # Errors
/// When another holds it.
pub fn hold(folder: &Path) -> Result<Hold> {
    let path = folder.join("lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)
        .with_context(|| format!("{} is in use", folder.display()))?;
    Ok(Hold(lock))
}
