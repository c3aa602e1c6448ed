use std::{ffi::OsString, path::PathBuf, process::Command};

/// The agent's program.
pub const HOST: &str = "wardkey-host";

/// The folders that it is usually installed in: every user's, then the user's own.
pub fn usual_folders(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let home = variable("HOME").map(|home| PathBuf::from(home).join(".local/bin"));
    ["/usr/bin", "/usr/local/bin"].into_iter().map(PathBuf::from).chain(home).collect()
}

/// Keeps what is another program's from the agent that it starts.
pub fn apart(command: &mut Command) {
    // A program's own libraries are not the agent's.
    for variable in ["LD_LIBRARY_PATH", "LD_PRELOAD"] {
        command.env_remove(variable);
    }
}
