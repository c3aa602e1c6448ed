//! The agent of an instance, which reads its policy when it starts.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
    process::{Pid, Signal, kill_process},
};
use wardkey_agent_link::Instance;

/// Ends the agent that runs in an instance, if one does; the next relay starts another, with the
/// policy as it is then.
pub fn end(instance: &Instance) -> Result<()> {
    let Ok(lock) = File::open(instance.lock()) else { return Ok(()) };
    if !is_held(&lock) {
        return Ok(());
    }
    let text = fs::read_to_string(instance.lock())?;
    let pid = text.trim().parse().ok().and_then(Pid::from_raw).context("the agent's lock")?;
    match fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero())) {
        Ok(program) => {
            let name = program.file_name().unwrap_or_default().to_string_lossy();
            ensure!(name.starts_with(AGENT), "{} holds the agent's lock", program.display());
            match kill_process(pid, Signal::TERM) {
                Err(error) if error != Errno::SRCH => return Err(error.into()),
                _ => {}
            }
        }
        // It is ending, and gives its lock free last.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let begun = Instant::now();
    while is_held(&lock) {
        ensure!(begun.elapsed() < GRACE, "the agent, process {}, does not end", text.trim());
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// The agent holds its lock as long as it lives.
fn is_held(lock: &File) -> bool {
    let held = flock(lock, FlockOperation::NonBlockingLockExclusive).is_err();
    // Else nobody could become the agent while the file is open here.
    let _ = flock(lock, FlockOperation::Unlock);
    held
}

/// Where `wardkey-host` is: beside this program, or where it is usually.
pub fn find() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().map(|this| this.with_file_name(AGENT));
    let beside = beside.filter(|program| program.exists());
    beside.or_else(|| wardkey_agent_link::find_host(|name| std::env::var_os(name)))
}

/// The extension's folder beside the programs, as the developers' archive has it.
pub fn extension_beside(host: &Path) -> Option<PathBuf> {
    let folder = host.with_file_name("extension");
    folder.join("manifest.json").exists().then_some(folder)
}

const AGENT: &str = "wardkey-host";
const GRACE: Duration = Duration::from_secs(5);
