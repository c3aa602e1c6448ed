use std::{
    os::unix::process::CommandExt as _,
    process::{Child, Command},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// Has a program lead those that it starts.
pub fn lead(command: &mut Command) {
    command.process_group(0);
}

/// Ends it and those that it started, a module that hangs among them.
pub fn end(child: &mut Child) {
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    let _ = child.wait();
}
