use std::{fs, io, os::unix::net::UnixListener};

use super::Stream;
use crate::Instance;

/// What the agent listens on.
#[derive(Debug)]
pub struct Socket(UnixListener);

impl Socket {
    /// Listens; whoever calls holds the instance's lock.
    pub fn bind(instance: &Instance) -> io::Result<Self> {
        // With the lock held, a socket that is there was left by an agent that was killed.
        match fs::remove_file(instance.socket()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self(UnixListener::bind(instance.socket())?))
    }

    /// Waits for the next caller.
    pub fn accept(&self) -> io::Result<Stream> {
        Ok(Stream::from(self.0.accept()?.0))
    }
}
