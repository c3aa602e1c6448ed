use std::{
    io,
    os::windows::process::CommandExt as _,
    process::{Child, Command},
};

/// Starts a program that outlives this one and whoever started it: out of the browser's job object,
/// where that may be left.
pub fn spawn_apart(command: &mut Command) -> io::Result<()> {
    let apart = command.creation_flags(CREATE_NO_WINDOW | CREATE_BREAKAWAY_FROM_JOB).spawn();
    match apart {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            command.creation_flags(CREATE_NO_WINDOW).spawn().map(drop)
        }
        started => started.map(drop),
    }
}

/// Keeps a program from opening a console.
pub fn without_console(command: &mut Command) {
    command.creation_flags(CREATE_NO_WINDOW);
}

/// Nothing: a program without a console can't be asked.
pub fn interrupt(_process: &Child) {}

/// Nothing: whoever started this one has put it apart.
pub fn leave_session() {}

/// Process creation flags of the Windows API.
const CREATE_BREAKAWAY_FROM_JOB: u32 = 0x0100_0000;
const CREATE_NO_WINDOW: u32 = 0x0800_0000;
