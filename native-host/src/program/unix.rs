use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// Starts a program that outlives this one and whoever started it.
pub fn spawn_apart(command: &mut Command) -> io::Result<()> {
    command.spawn().map(drop)
}

/// Nothing: a process has no window of its own here.
pub fn without_console(_command: &mut Command) {}

/// Has a program lead those that it starts.
pub fn lead(command: &mut Command) {
    command.process_group(0);
}

/// Asks a program that leads, and those that it started, to end.
pub fn interrupt(leader: &Child) {
    let _ = kill_process_group(Pid::from_child(leader), Signal::INT);
}

/// Whether a program has ended. It is not waited for, so that its id stays its own.
pub fn has_ended(process: &mut Child) -> bool {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::Pid(Pid::from_child(process)), look), Ok(None))
}

/// Ends a program that leads, and those that it started; to be called once.
pub fn end(leader: &mut Child) {
    let _ = kill_process_group(Pid::from_child(leader), Signal::KILL);
    let _ = leader.wait();
}

/// Out of the browser's session and process group, so that the browser's end is not ours.
pub fn leave_session() {
    // Where we lead a group already, a terminal started us, and nobody is to be left.
    let _ = rustix::process::setsid();
}
