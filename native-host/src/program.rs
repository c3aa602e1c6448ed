//! This very program, to be started in another role.

use std::{env, io, path::PathBuf};

/// The program to start: this one, even where an update has put another in its place, so that an
/// agent's dialogs and module processes are of its own version.
///
/// # Errors
///
/// Where the system does not tell.
pub fn this() -> io::Result<PathBuf> {
    let path = env::current_exe()?;
    if cfg!(target_os = "linux") && !path.exists() {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    Ok(path)
}
