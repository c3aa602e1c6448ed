use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::FlockOperation;

use crate::InstanceError;

/// The user's own runtime and data folder (`$XDG_RUNTIME_DIR/wardkey` with
/// `$XDG_DATA_HOME/wardkey`; without a runtime folder `/tmp/wardkey-<uid>`).
pub fn folders(variable: impl Fn(&str) -> Option<OsString>) -> (PathBuf, PathBuf) {
    let uid = rustix::process::getuid().as_raw();
    let runtime = variable("XDG_RUNTIME_DIR")
        .map(|folder| PathBuf::from(folder).join("wardkey"))
        .unwrap_or_else(|| PathBuf::from(format!("/tmp/wardkey-{uid}")));
    let data = variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .map(|folder| folder.join("wardkey"))
        .unwrap_or_else(|| runtime.clone());
    (runtime, data)
}

/// Where the agent listens whose runtime folder this is.
pub fn address(runtime: &Path, _is_other: bool) -> PathBuf {
    runtime.join("agent.sock")
}

/// Makes a folder that is this user's alone, or finds it so.
pub fn own_folder(folder: &Path) -> Result<(), InstanceError> {
    let failed = |source| InstanceError::Io { path: folder.to_owned(), source };
    fs::DirBuilder::new().recursive(true).mode(PRIVATE).create(folder).map_err(failed)?;
    let metadata = fs::symlink_metadata(folder).map_err(failed)?;
    let ours = metadata.is_dir() && metadata.uid() == rustix::process::getuid().as_raw();
    if !ours || metadata.permissions().mode() & OTHERS_WRITE != 0 {
        return Err(InstanceError::Exposed(folder.to_owned()));
    }
    Ok(())
}

/// A file that is locked as long as it is held; the system unlocks it however its holder ends.
/// `Ok(None)` where another process holds it.
pub fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

const PRIVATE: u32 = 0o700;
const OTHERS_WRITE: u32 = 0o022;
