use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{Connection, Hello, Instance, LinkError, connection::is_timeout, system};

/// Connects to the agent, starting it with `host` where none runs.
///
/// Two programs may do this at once: the agent that comes second finds the lock held and exits,
/// and both programs connect to the first.
///
/// # Errors
///
/// [`LinkError::NotStarted`] where none listens, or greets, within about ten seconds.
pub fn connect_or_start(
    instance: &Instance,
    hello: &Hello,
    host: &Path,
) -> Result<Connection, LinkError> {
    within(PATIENCE, instance, hello, host)
}

/// The same, with so much time until it listens: one that hangs as it starts is not waited for.
pub(crate) fn within(
    patience: Duration,
    instance: &Instance,
    hello: &Hello,
    host: &Path,
) -> Result<Connection, LinkError> {
    let begun = Instant::now();
    let mut last = loop {
        match Connection::open(instance, hello) {
            // One that listens and says nothing has the lock: another could not be started. Somebody
            // else may have started it just now.
            Err(LinkError::NoAgent(error)) if is_timeout(&error) => {
                if begun.elapsed() >= patience {
                    return Err(LinkError::NotStarted(error));
                }
            }
            Err(LinkError::NoAgent(error)) => break error,
            settled => return settled,
        }
    };
    let begun = Instant::now();
    while begun.elapsed() < patience {
        // One that was just killed may hold the lock a moment longer, and the new one steps back.
        start(host).map_err(LinkError::NotStarted)?;
        let started = Instant::now();
        while started.elapsed() < BEFORE_ANOTHER.min(patience) {
            // It listens before it has read its policy and greets anybody.
            last = match Connection::open(instance, hello) {
                Err(LinkError::NoAgent(error)) => error,
                settled => return settled,
            };
            thread::sleep(BETWEEN_ATTEMPTS);
        }
    }
    Err(LinkError::NotStarted(last))
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

/// Has the agent begin, which says by listening that it has.
fn start(host: &Path) -> io::Result<()> {
    let mut command = Command::new(host);
    command.args(["agent", "--detach"]);
    system::apart(&mut command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut starter = command.spawn()?;
    // It has started the agent and gone, so that nobody is left with a child to wait for. A program
    // that waits for every child may have waited for this one.
    let _ = starter.wait();
    Ok(())
}

const HOST_VARIABLE: &str = "WARDKEY_HOST";
/// Of a computer whose disk is slow in the morning.
const PATIENCE: Duration = Duration::from_secs(10);
const BEFORE_ANOTHER: Duration = Duration::from_secs(1);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(5);
