use std::{
    io,
    process::{Child, Command},
};

use rustix::process::{Pid, Signal, kill_process};

/// Starts a program that outlives this one and whoever started it.
pub fn spawn_apart(command: &mut Command) -> io::Result<()> {
    command.spawn().map(drop)
}

/// Nothing: a process has no window of its own here.
pub fn without_console(_command: &mut Command) {}

/// Asks a program to end.
pub fn interrupt(process: &Child) {
    // It may have ended by itself.
    let _ = kill_process(Pid::from_child(process), Signal::INT);
}

/// Out of the browser's session and process group, so that the browser's end is not ours.
pub fn leave_session() {
    // Where we lead a group already, a terminal started us, and nobody is to be left.
    let _ = rustix::process::setsid();
}
