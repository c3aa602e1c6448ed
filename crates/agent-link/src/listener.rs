use std::{
    fs::File,
    io::{self, Write as _},
    time::Duration,
};

use wardkey_protocol::frame::FrameError;

use crate::{
    Connection, Hello, Instance, Peer,
    system::{self, Socket, UserId},
};

/// The agent's end of the socket. At most one lives in an instance.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    this: Peer,
    // Locked as long as the agent lives; the system unlocks it however the agent ends.
    _lock: File,
}

/// Why a caller was turned away.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Another user's process.
    #[error("a process of user {0}")]
    AnotherUser(UserId),
    /// A process of another logon session.
    #[error("a process of another logon session")]
    AnotherLogonSession,
    /// It did not say who it is, in time and in form.
    #[error("no hello: {0}")]
    NoHello(String),
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Listener {
    /// Becomes the agent of an instance. `Ok(None)`: there is one already.
    ///
    /// # Errors
    ///
    /// What the system says of the folder, the lock or the socket.
    pub fn bind(instance: &Instance) -> io::Result<Option<Self>> {
        instance.prepare().map_err(io::Error::other)?;
        let Some(mut lock) = system::lock(&instance.lock())? else { return Ok(None) };
        // For people and for `doctor`: who holds it.
        lock.set_len(0)?;
        lock.write_all(std::process::id().to_string().as_bytes())?;
        let socket = Socket::bind(&instance.socket())?;
        Ok(Some(Self { socket, this: Peer::this(), _lock: lock }))
    }

    /// Waits for the next caller that may be here; its `hello` has been read.
    ///
    /// # Errors
    ///
    /// [`Refused`]: this caller was turned away; the listener goes on.
    pub fn accept(&self) -> Result<(Connection, Hello, Peer), Refused> {
        let stream = self.socket.accept()?;
        let peer = stream.peer()?;
        if peer.uid != self.this.uid {
            return Err(Refused::AnotherUser(peer.uid));
        }
        if peer.logon_session != self.this.logon_session {
            return Err(Refused::AnotherLogonSession);
        }
        let mut connection = Connection::accepted(stream)?;
        connection.set_read_timeout(Some(HELLO_TIMEOUT))?;
        let no_hello = |error: FrameError| Refused::NoHello(error.to_string());
        let frame = connection.receive().map_err(no_hello)?.unwrap_or_default();
        let hello =
            serde_json::from_slice(&frame).map_err(|error| Refused::NoHello(error.to_string()))?;
        connection.set_read_timeout(None)?;
        Ok((connection, hello, peer))
    }
}

const HELLO_TIMEOUT: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests;
