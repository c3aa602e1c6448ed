//! Simulated cards, for development: what the program `wardkey-simulator` plays takes the place of the
//! smartcard service and of every card, where policy says so (`[simulation]`).
//!
//! A connection to the simulator's socket begins with a line that says which [`Part`] it plays there.
//! What follows is what crosses the pipe to the process whose place it takes.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wardkey_agent_link::{Peer, Stream};
use wardkey_smartcard::{ReaderEvent, ReaderState};

/// What the simulator plays on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A module process: see [`crate::module`].
    Cards,
    /// A dialog and who sits before it: see [`crate::dialog`].
    Dialog,
    /// The smartcard service, which tells [`ReaderEvent`]s, one JSON value a line.
    Readers,
}

/// Connects to a simulator that runs as the same user.
///
/// # Errors
///
/// What the system says; `PermissionDenied` where the simulator is another user's.
pub fn connect(socket: &Path, part: Part) -> io::Result<Stream> {
    let mut stream = Stream::connect(socket)?;
    check_peer(&stream)?;
    let mut line = serde_json::to_vec(&part)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    Ok(stream)
}

/// Whether the program at the other end runs as the same user, as it has to at either end.
///
/// # Errors
///
/// `PermissionDenied` where it does not.
pub fn check_peer(stream: &Stream) -> io::Result<()> {
    let same = stream.peer()?.uid == Peer::this().uid;
    if same { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Tells what [`ReaderWatch`](wardkey_smartcard::ReaderWatch) would of simulated readers, as long as
/// this program runs. Without a simulator there is no smartcard service.
pub fn watch(socket: PathBuf, mut sink: impl FnMut(ReaderEvent) + Send + 'static) {
    let thread = thread::Builder::new().name("readers".to_owned()).spawn(move || {
        let mut told = None;
        let mut tell = |event: ReaderEvent| {
            if told.as_ref() != Some(&event) {
                told = Some(event.clone());
                sink(event);
            }
        };
        loop {
            if let Ok(stream) = connect(&socket, Part::Readers) {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let Ok(event) = serde_json::from_str(&line) else { break };
                    tell(event);
                }
            }
            tell(ReaderEvent::ServiceMissing);
            thread::sleep(AGAIN);
        }
    });
    if let Err(error) = thread {
        tracing::error!("simulated readers go unseen: {error}");
    }
}

/// The simulated readers at one moment.
///
/// # Errors
///
/// Where no simulator runs, or it says something else.
pub fn look(socket: &Path) -> io::Result<Vec<ReaderState>> {
    let mut line = String::new();
    BufReader::new(connect(socket, Part::Readers)?).read_line(&mut line)?;
    match serde_json::from_str(&line)? {
        ReaderEvent::Readers(readers) => Ok(readers),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

const AGAIN: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;
