use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Nothing: the system knows who started whom.
pub fn lead(command: &mut Command) {
    crate::program::without_console(command);
}

/// Ends it and those that it started, by the system's own program: a module that hangs is among
/// them.
pub fn end(child: &mut Child) {
    let windows = PathBuf::from(std::env::var_os("SystemRoot").unwrap_or_default());
    let mut ending = Command::new(windows.join(r"System32\taskkill.exe"));
    ending.args(["/T", "/F", "/PID", &child.id().to_string()]);
    ending.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    crate::program::without_console(&mut ending);
    // It may have ended by itself.
    let _ = ending.status();
    let _ = child.kill();
    let _ = child.wait();
}
