use std::{ffi::OsString, os::windows::process::CommandExt as _, path::PathBuf, process::Command};

use windows_sys::Win32::System::Threading::CREATE_NO_WINDOW;

/// The agent's program.
pub const HOST: &str = "wardkey-host.exe";

/// The folders that it is usually installed in: every user's, then the user's own.
pub fn usual_folders(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let below = |name: &str, rest: &str| variable(name).map(|it| PathBuf::from(it).join(rest));
    // To a program of 32 bits `ProgramFiles` is another folder than the one that the agent is in.
    let all = below("ProgramW6432", "Wardkey").or_else(|| below("ProgramFiles", "Wardkey"));
    let own = below("LOCALAPPDATA", r"Programs\Wardkey");
    [all, own].into_iter().flatten().collect()
}

/// Keeps what is another program's from the agent that it starts: a console that is closed.
pub fn apart(command: &mut Command) {
    command.creation_flags(CREATE_NO_WINDOW);
}
