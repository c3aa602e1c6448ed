use std::{fs, io, os::unix::net::UnixListener, path::Path};

use super::Stream;

/// What an agent, or a simulator in its user's own folder, listens on.
#[derive(Debug)]
pub struct Socket(UnixListener);

impl Socket {
    /// Listens, in place of a socket that is there: whoever calls knows that it was left, by one that was
    /// killed, as an agent does that holds its instance's lock.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn bind(address: &Path) -> io::Result<Self> {
        match fs::remove_file(address) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self(UnixListener::bind(address)?))
    }

    /// Waits for the next caller.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn accept(&self) -> io::Result<Stream> {
        Ok(Stream::from(self.0.accept()?.0))
    }
}
