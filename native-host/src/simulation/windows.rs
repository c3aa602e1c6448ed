//! The simulator does not run on Windows yet.

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    path::Path,
};

/// A connection to a simulator, which there is none of.
#[derive(Debug)]
pub enum Stream {}

/// Connects to none: `Unsupported`.
pub(super) fn open(_socket: &Path) -> io::Result<Stream> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Stream {
    /// A second handle.
    ///
    /// # Errors
    ///
    /// None.
    pub fn try_clone(&self) -> io::Result<Self> {
        match *self {}
    }

    /// Closes directions for every handle.
    ///
    /// # Errors
    ///
    /// None.
    pub fn shutdown(&self, _how: Shutdown) -> io::Result<()> {
        match *self {}
    }
}

impl Read for Stream {
    fn read(&mut self, _octets: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}

impl Write for Stream {
    fn write(&mut self, _octets: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match *self {}
    }
}
