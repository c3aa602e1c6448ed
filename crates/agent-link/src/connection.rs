use std::{io, os::unix::net::UnixStream, time::Duration};

use serde::{Deserialize, Serialize};
use wardkey_protocol::{
    frame::{self, FrameError},
    limits::MAX_FRAME_FROM_BROWSER,
};

use crate::Instance;

/// What a program says first on the socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Hello {
    /// The command line of the agent's own program.
    Console,
    /// A relay, started by a browser for an extension.
    Relay {
        /// The extension's id, as the browser gave it.
        extension: String,
    },
}

/// Why a connection could not be made or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The stream failed.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The agent could not be reached.
    #[error("no agent: {0}")]
    NoAgent(#[source] io::Error),
    /// The agent could not be started.
    #[error("the agent did not start: {0}")]
    NotStarted(#[source] io::Error),
}

/// A connection to the agent, or to a program that connected to it.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
}

impl Connection {
    /// Connects to a running agent and says who calls.
    ///
    /// # Errors
    ///
    /// [`LinkError::NoAgent`] where none listens.
    pub fn open(instance: &Instance, hello: &Hello) -> Result<Self, LinkError> {
        let stream = UnixStream::connect(instance.socket()).map_err(LinkError::NoAgent)?;
        let mut connection = Self { stream };
        let hello = serde_json::to_vec(hello).map_err(|error| FrameError::Io(error.into()))?;
        connection.send(&hello)?;
        Ok(connection)
    }

    pub(crate) fn accepted(stream: UnixStream) -> io::Result<Self> {
        // A peer that does not read must not hold up the agent.
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        Ok(Self { stream })
    }

    /// Sends one frame.
    ///
    /// # Errors
    ///
    /// [`FrameError`]; after an I/O error the connection is of no more use.
    pub fn send(&mut self, frame: &[u8]) -> Result<(), FrameError> {
        frame::write(&mut self.stream, frame, MAX_FRAME_FROM_BROWSER)
    }

    /// Receives one frame; `Ok(None)` when the other side has closed.
    ///
    /// # Errors
    ///
    /// [`FrameError`].
    pub fn receive(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        frame::read(&mut self.stream, MAX_FRAME_FROM_BROWSER)
    }

    /// A second handle, so that one thread can send while another receives.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { stream: self.stream.try_clone()? })
    }

    /// Closes both directions for every handle.
    pub fn shut_down(&self) {
        // It may be closed already, which is what is wanted.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }

    pub(crate) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(timeout)
    }
}

const WRITE_TIMEOUT: Duration = Duration::from_secs(2);
