use std::{io, process::Command};

/// Starts a program that outlives this one and whoever started it.
pub fn spawn_apart(command: &mut Command) -> io::Result<()> {
    command.spawn().map(drop)
}

/// Nothing: a process has no window of its own here.
pub fn without_console(_command: &mut Command) {}

/// Out of the browser's session and process group, so that the browser's end is not ours.
pub fn leave_session() {
    // Where we lead a group already, a terminal started us, and nobody is to be left.
    let _ = rustix::process::setsid();
}
