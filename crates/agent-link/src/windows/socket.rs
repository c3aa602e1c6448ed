use std::{
    io,
    os::windows::io::OwnedHandle,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use windows_sys::Win32::Foundation::{ERROR_NO_DATA, ERROR_PIPE_CONNECTED};

use super::{
    Stream,
    calls::{self, Descriptor},
    overlapped::Event,
};
use crate::Peer;

/// What an agent or a simulator listens on: an instance of the pipe that waits for the next caller.
#[derive(Debug)]
pub struct Socket {
    name: PathBuf,
    waiting: Mutex<Option<OwnedHandle>>,
}

impl Socket {
    /// Listens. A pipe of this name that is there already is somebody else's, and an error.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn bind(address: &Path) -> io::Result<Self> {
        let first = create(address, true)?;
        Ok(Self { name: address.to_owned(), waiting: Mutex::new(Some(first)) })
    }

    /// Waits for the next caller.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn accept(&self) -> io::Result<Stream> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = match waiting.take() {
            Some(pipe) => pipe,
            None => create(&self.name, false)?,
        };
        let never = Event::new()?;
        let connected = never.run(&pipe, None, calls::connect(&pipe));
        // The name never stands for nothing while the agent lives, so that nobody can take it.
        *waiting = Some(create(&self.name, false)?);
        match connected {
            Ok(_) => {}
            Err(error) if calls::is(&error, ERROR_PIPE_CONNECTED) => {}
            // It came and went; what it said, if anything, can be read still.
            Err(error) if calls::is(&error, ERROR_NO_DATA) => {}
            Err(error) => return Err(error),
        }
        Stream::new(pipe, true)
    }
}

/// For this user alone, and not over the network.
fn create(name: &Path, first: bool) -> io::Result<OwnedHandle> {
    let descriptor = Descriptor::new(&format!("D:P(A;;GA;;;{})", Peer::this().uid))?;
    calls::create_pipe(name, first, &descriptor)
}
