use std::{io, os::unix::net::UnixStream, path::Path};

use wardkey_agent_link::Peer;

/// A connection to a simulator.
pub type Stream = UnixStream;

/// Connects to a simulator that runs as the same user.
pub(super) fn open(socket: &Path) -> io::Result<Stream> {
    let stream = UnixStream::connect(socket)?;
    check_peer(&stream)?;
    Ok(stream)
}

/// Whether the program at the other end runs as the same user, as it has to at either end.
///
/// # Errors
///
/// `PermissionDenied` where it does not.
pub fn check_peer(stream: &UnixStream) -> io::Result<()> {
    let same = Peer::of(stream)?.uid == Peer::this().uid;
    if same { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}
