use std::{
    io,
    os::windows::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
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

/// Nothing but to open no console: the system knows who started whom.
pub fn lead(command: &mut Command) {
    without_console(command);
}

/// Nothing: a program without a console can't be asked.
pub fn interrupt(_leader: &Child) {}

/// Whether a program has ended.
pub fn has_ended(process: &mut Child) -> bool {
    // One that can't be asked is gone.
    !matches!(process.try_wait(), Ok(None))
}

/// Ends a program and those that it started, by the system's own program; to be called once.
pub fn end(leader: &mut Child) {
    let windows = PathBuf::from(std::env::var_os("SystemRoot").unwrap_or_default());
    let mut ending = Command::new(windows.join(r"System32\taskkill.exe"));
    ending.args(["/T", "/F", "/PID", &leader.id().to_string()]);
    ending.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    without_console(&mut ending);
    // It may have ended by itself.
    let _ = ending.status();
    let _ = leader.kill();
    let _ = leader.wait();
}

/// Nothing: whoever started this one has put it apart.
pub fn leave_session() {}

/// Process creation flags of the Windows API.
const CREATE_BREAKAWAY_FROM_JOB: u32 = 0x0100_0000;
const CREATE_NO_WINDOW: u32 = 0x0800_0000;
