use std::{
    ffi::OsString,
    io::{self, BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{Connection, Hello, Instance, LinkError, system};

/// What the agent prints on its standard output once it listens.
pub const READY: &str = "ready";

/// Connects to the agent, starting it with `host` where none runs.
///
/// Two programs may do this at once: the agent that comes second finds the lock held and exits,
/// and both programs connect to the first.
///
/// # Errors
///
/// [`LinkError::NotStarted`] where no agent listens after a few seconds.
pub fn connect_or_start(
    instance: &Instance,
    hello: &Hello,
    host: &Path,
) -> Result<Connection, LinkError> {
    match Connection::open(instance, hello) {
        Err(LinkError::NoAgent(_)) => {}
        settled => return settled,
    }
    let begun = Instant::now();
    loop {
        // One that was just killed may hold the lock a moment longer, and the new one steps back.
        start(host).map_err(LinkError::NotStarted)?;
        let started = Instant::now();
        while started.elapsed() < BEFORE_ANOTHER {
            let last = match Connection::open(instance, hello) {
                Err(LinkError::NoAgent(error)) => error,
                settled => return settled,
            };
            // One that is stopped, or hangs, lets each of them wait for its greeting.
            if begun.elapsed() >= PATIENCE {
                return Err(LinkError::NotStarted(last));
            }
            thread::sleep(BETWEEN_ATTEMPTS);
        }
    }
}

/// The program `wardkey-host`: the one that `WARDKEY_HOST` names, else the first in the folders of
/// `PATH` and in those that it is usually installed in.
#[must_use]
pub fn find_host(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(named) = set(HOST_VARIABLE) {
        return Some(PathBuf::from(named));
    }
    let path = set("PATH").unwrap_or_default();
    let usual = system::usual_folders(set);
    let mut folders = std::env::split_paths(&path).chain(usual);
    folders.find_map(|folder| Some(folder.join(system::HOST)).filter(|file| file.is_file()))
}

/// Returns once the agent listens, or another one does.
fn start(host: &Path) -> io::Result<()> {
    let mut command = Command::new(host);
    command.args(["agent", "--detach"]);
    system::apart(&mut command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut starter = command.spawn()?;
    if let Some(output) = starter.stdout.take() {
        // A line says that it listens; the end of the stream, that another agent does.
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
    }
    // It has started the agent and gone, so that nobody is left with a child to wait for. A program
    // that waits for every child may have waited for this one.
    let _ = starter.wait();
    Ok(())
}

const HOST_VARIABLE: &str = "WARDKEY_HOST";
const PATIENCE: Duration = Duration::from_secs(3);
const BEFORE_ANOTHER: Duration = Duration::from_millis(500);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(5);
