use std::{
    fs::File,
    io::{self, Read, Write},
    os::windows::{
        fs::OpenOptionsExt as _,
        io::{AsHandle as _, OwnedHandle},
    },
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use windows_sys::Win32::{
    Foundation::{ERROR_BROKEN_PIPE, ERROR_PIPE_BUSY, ERROR_PIPE_NOT_CONNECTED},
    Storage::FileSystem::{FILE_FLAG_OVERLAPPED, SECURITY_IDENTIFICATION},
};

use super::{
    calls::{self, BUFFER},
    overlapped::Event,
};
use crate::Peer;

/// One connection. Its copies are one connection.
#[derive(Clone, Debug)]
pub struct Stream(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Until it is shut down; who reads and writes holds it meanwhile.
    pipe: Mutex<Option<Arc<OwnedHandle>>>,
    is_server: bool,
    /// Set when it is shut down.
    closing: Event,
    timeouts: Mutex<Timeouts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Timeouts {
    read: Option<Duration>,
    write: Option<Duration>,
}

impl Stream {
    /// Connects to the program of a pipe of the same user and logon session.
    ///
    /// # Errors
    ///
    /// What the system says; `PermissionDenied` where another user or session has made it.
    pub fn connect(address: &Path) -> io::Result<Self> {
        let mut options = File::options();
        // The other end may know who calls, and may not act as them.
        options.read(true).write(true).custom_flags(FILE_FLAG_OVERLAPPED);
        options.security_qos_flags(SECURITY_IDENTIFICATION);
        let mut left = ATTEMPTS;
        let pipe = loop {
            match options.open(address) {
                // Between one caller and the next there is a moment in which nobody waits.
                Err(error) if calls::is(&error, ERROR_PIPE_BUSY) && left > 0 => {
                    left -= 1;
                    thread::sleep(BETWEEN_ATTEMPTS);
                }
                opened => break opened?,
            }
        };
        let stream = Self::new(pipe.into(), false)?;
        let (peer, this) = (stream.peer()?, Peer::this());
        if peer.uid != this.uid || peer.logon_session != this.logon_session {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(stream)
    }

    pub(super) fn new(pipe: OwnedHandle, is_server: bool) -> io::Result<Self> {
        Ok(Self(Arc::new(Shared {
            pipe: Mutex::new(Some(Arc::new(pipe))),
            is_server,
            closing: Event::new()?,
            timeouts: Mutex::default(),
        })))
    }

    /// The program at the other end.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn peer(&self) -> io::Result<Peer> {
        let pipe = self.pipe().ok_or(io::ErrorKind::NotConnected)?;
        Peer::of(calls::peer(pipe.as_handle(), self.0.is_server)?)
    }

    /// A second handle, for another thread.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }

    /// Closes both directions for every handle.
    pub fn shut_down(&self) {
        self.0.closing.set();
        self.0.pipe.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// How long one read may take.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.timeouts.lock().unwrap_or_else(PoisonError::into_inner).read = timeout;
        Ok(())
    }

    /// How long one write may take.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.timeouts.lock().unwrap_or_else(PoisonError::into_inner).write = timeout;
        Ok(())
    }

    fn pipe(&self) -> Option<Arc<OwnedHandle>> {
        self.0.pipe.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn timeouts(&self) -> Timeouts {
        *self.0.timeouts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Stream {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        let Some(pipe) = self.pipe() else { return Ok(0) };
        match self.0.closing.run(&pipe, self.timeouts().read, calls::read(&pipe, octets)) {
            Err(error) if is_end(&error) => Ok(0),
            outcome => outcome,
        }
    }
}

impl Write for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let pipe = self.pipe().ok_or(io::ErrorKind::BrokenPipe)?;
        // A piece at a time, so that the timeout is for a peer that reads nothing at all.
        let piece = &octets[..octets.len().min(BUFFER as usize)];
        self.0.closing.run(&pipe, self.timeouts().write, calls::write(&pipe, piece))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionAborted
        || calls::is(error, ERROR_BROKEN_PIPE)
        || calls::is(error, ERROR_PIPE_NOT_CONNECTED)
}

const ATTEMPTS: u32 = 1000;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(5);
