use std::{
    io::{self, Read},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wardkey_protocol::{
    ErrorCode, Fault,
    frame::{self, FrameError},
    limits::MAX_FRAME_FROM_BROWSER,
    version::VersionRange,
};

use crate::{Instance, system::Stream};

/// What a program says first on the socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Hello {
    /// The command line of the agent's own program.
    Console,
    /// A local program that calls for itself. Once it is admitted its frames are those between a
    /// page and the agent ([`wardkey_protocol::envelope`]).
    Program {
        /// The versions it speaks.
        versions: VersionRange,
    },
    /// A relay, started by a browser for an extension.
    Relay {
        /// The extension's id, as the browser gave it.
        extension: String,
    },
}

/// What the agent answers to a [`Hello`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Greeting {
    Admitted,
    NotAdmitted(Fault),
    Refused,
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
    /// The agent does not serve this program, and says why.
    #[error("{0}")]
    NotAdmitted(Fault),
    /// The agent does not serve this caller.
    #[error("the agent does not serve this program")]
    Refused,
    /// The agent could not be started.
    #[error("the agent did not start: {0}")]
    NotStarted(#[source] io::Error),
}

impl LinkError {
    /// What a caller is told of it.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotAdmitted(fault) => fault.clone(),
            Self::Frame(_) | Self::NoAgent(_) | Self::Refused | Self::NotStarted(_) => {
                Fault::new(ErrorCode::AgentUnreachable).with("reason", self.to_string())
            }
        }
    }
}

/// A connection to the agent, or to a program that connected to it.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
}

impl Connection {
    /// Connects to a running agent, says who calls and waits to be admitted.
    ///
    /// # Errors
    ///
    /// [`LinkError::NoAgent`] where none listens, or one that is just ending;
    /// [`LinkError::NotAdmitted`] or [`LinkError::Refused`] where it does not serve this caller.
    pub fn open(instance: &Instance, hello: &Hello) -> Result<Self, LinkError> {
        let stream = Stream::connect(&instance.socket()).map_err(LinkError::NoAgent)?;
        let mut connection = Self { stream };
        let hello = serde_json::to_vec(hello).map_err(|error| FrameError::Io(error.into()))?;
        let no_agent = |error: FrameError| match error {
            FrameError::Io(error) => LinkError::NoAgent(error),
            other => other.into(),
        };
        connection.send(&hello).map_err(no_agent)?;
        connection.set_read_timeout(Some(GREETING_TIMEOUT)).map_err(LinkError::NoAgent)?;
        let greeting = connection.receive().map_err(no_agent)?;
        connection.set_read_timeout(None).map_err(LinkError::NoAgent)?;
        match greeting.as_deref().map(serde_json::from_slice) {
            Some(Ok(Greeting::Admitted)) => Ok(connection),
            Some(Ok(Greeting::NotAdmitted(fault))) => Err(LinkError::NotAdmitted(fault)),
            Some(Ok(Greeting::Refused) | Err(_)) => Err(LinkError::Refused),
            None => Err(LinkError::NoAgent(io::ErrorKind::UnexpectedEof.into())),
        }
    }

    /// Tells the caller that it is served from now on.
    ///
    /// # Errors
    ///
    /// [`FrameError`].
    pub fn admit(&mut self) -> Result<(), FrameError> {
        self.greet(&Greeting::Admitted)
    }

    /// Tells the caller that it is not served; a local program, why.
    ///
    /// # Errors
    ///
    /// [`FrameError`].
    pub fn refuse(mut self, why: Option<Fault>) -> Result<(), FrameError> {
        self.greet(&why.map_or(Greeting::Refused, Greeting::NotAdmitted))
    }

    fn greet(&mut self, greeting: &Greeting) -> Result<(), FrameError> {
        let frame = serde_json::to_vec(greeting).map_err(|error| FrameError::Io(error.into()))?;
        self.send(&frame)
    }

    pub(crate) fn accepted(stream: Stream) -> io::Result<Self> {
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

    /// The same over a connection with a read timeout, at the first of which `ask` is called. The
    /// second in a row is an error where the other side `answers` when it is asked.
    pub(crate) fn receive_patiently(
        &mut self,
        answers: bool,
        ask: impl FnMut() -> io::Result<()>,
    ) -> Result<Option<Vec<u8>>, FrameError> {
        let mut stream = Patient { stream: &mut self.stream, answers, ask, is_asked: false };
        frame::read(&mut stream, MAX_FRAME_FROM_BROWSER)
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
        self.stream.shut_down();
    }

    pub(crate) fn set_timeouts(&self, read: Duration, write: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(read))?;
        self.stream.set_write_timeout(Some(write))
    }

    pub(crate) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(timeout)
    }
}

/// A stream that says nothing for a while, and is asked once whether anybody is there.
struct Patient<'a, F> {
    stream: &'a mut Stream,
    answers: bool,
    ask: F,
    is_asked: bool,
}

impl<F: FnMut() -> io::Result<()>> Read for Patient<'_, F> {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(octets) {
                Err(error) if is_timeout(&error) && !(self.answers && self.is_asked) => {
                    (self.ask)()?;
                    self.is_asked = true;
                }
                read => {
                    self.is_asked = false;
                    return read;
                }
            }
        }
    }
}

/// As Unix and Windows name it where a read took too long.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

const GREETING_TIMEOUT: Duration = Duration::from_secs(5);
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
