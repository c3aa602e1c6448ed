use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use rustix::{
    fs::{Access, access},
    process::getuid,
};

/// Whether the file can be run.
pub fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|it| it.is_file() && it.mode() & ANYBODY_RUNS != 0)
}

/// Whether this user, or everybody, can put something else there.
pub fn may_write(place: &Path) -> bool {
    let Ok(metadata) = fs::metadata(place) else { return false };
    let (mode, user) = (metadata.mode(), getuid());
    let others_stay = metadata.is_dir() && mode & STICKY != 0;
    match () {
        // Administrators may write everywhere.
        () if user.is_root() => !others_stay && mode & EVERYBODY_WRITES != 0,
        () if metadata.uid() == user.as_raw() => true,
        () => !others_stay && access(place, Access::WRITE_OK).is_ok(),
    }
}

const ANYBODY_RUNS: u32 = 0o111;
const EVERYBODY_WRITES: u32 = 0o002;
/// In such a folder nobody replaces what is another's.
const STICKY: u32 = 0o1000;
