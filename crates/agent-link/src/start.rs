use std::{
    io::{self, BufRead as _, BufReader},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::{Connection, Hello, Instance, LinkError};

/// What the agent prints on its standard output once it listens.
pub const READY: &str = "ready";

/// Connects to the agent, starting it with `command` where none runs.
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
    command: &mut Command,
) -> Result<Connection, LinkError> {
    match Connection::open(instance, hello) {
        Err(LinkError::NoAgent(_)) => {}
        settled => return settled,
    }
    let mut agent = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(LinkError::NotStarted)?;
    if let Some(output) = agent.stdout.take() {
        // A line says that it listens; the end of the stream, that another agent does.
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).map_err(LinkError::NotStarted)?;
    }
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    for _ in 0..ATTEMPTS {
        match Connection::open(instance, hello) {
            Err(LinkError::NoAgent(error)) => last = error,
            settled => return settled,
        }
        thread::sleep(BETWEEN_ATTEMPTS);
    }
    Err(LinkError::NotStarted(last))
}

const ATTEMPTS: u32 = 400;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(5);
