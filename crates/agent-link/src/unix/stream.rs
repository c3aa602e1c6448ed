use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use rustix::net::SendFlags;

use crate::Peer;

/// One connection. Its copies are one connection.
#[derive(Debug)]
pub struct Stream(UnixStream);

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Self(stream)
    }
}

impl Stream {
    /// Connects to a socket, in a folder that is this user's alone.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn connect(address: &Path) -> io::Result<Self> {
        UnixStream::connect(address).map(Self)
    }

    /// The program at the other end.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn peer(&self) -> io::Result<Peer> {
        Peer::of(&self.0)
    }

    /// A second handle, for another thread.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// Closes both directions for every handle.
    pub fn shut_down(&self) {
        // It may be closed already, which is what is wanted.
        let _ = self.0.shutdown(Shutdown::Both);
    }

    /// How long one read may take.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_read_timeout(timeout)
    }

    /// How long one write may take.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_write_timeout(timeout)
    }
}

impl Read for Stream {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        self.0.read(octets)
    }
}

/// Without `SIGPIPE`, which would end a program that is not ours and does not ignore it.
impl Write for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(rustix::net::send(&self.0, octets, QUIETLY)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(target_os = "linux")]
const QUIETLY: SendFlags = SendFlags::NOSIGNAL;
/// Of sockets that connect the standard library sets `SO_NOSIGPIPE` there; those that accept are programs of
/// ours, which ignore the signal.
#[cfg(target_os = "macos")]
const QUIETLY: SendFlags = SendFlags::empty();
