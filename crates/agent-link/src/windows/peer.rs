use std::{
    fs, io,
    os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle},
    path::Path,
    sync::{Arc, LazyLock},
};

use super::calls;
use crate::Peer;

/// A process held by a handle, as long as which its number comes to mean no other one.
#[derive(Debug)]
pub struct Process(OwnedHandle);

impl Process {
    fn is_there(&self) -> bool {
        calls::is_running(self.0.as_handle())
    }
}

impl Peer {
    /// The process of this number, which connected or is connected to.
    ///
    /// # Errors
    ///
    /// What the system says: it has gone, or is another user's.
    pub fn of(pid: u32) -> io::Result<Self> {
        let process = calls::open_process(pid)?;
        let peer = Self::at(pid, process.as_handle())?;
        Ok(Self { process: Some(Arc::new(Process(process))), ..peer })
    }

    /// This program itself.
    #[must_use]
    pub fn this() -> Self {
        THIS.clone()
    }

    /// Whether it runs this very file. `false` where the system does not tell. The path is the one
    /// that the process was started from.
    #[must_use]
    pub fn runs(&self, file: &Path) -> bool {
        let Some(running) = &self.executable else { return false };
        let (Ok(running), Ok(file)) = (fs::canonicalize(running), fs::canonicalize(file)) else {
            return false;
        };
        running == file && self.process.as_ref().is_none_or(|process| process.is_there())
    }

    fn at(pid: u32, process: BorrowedHandle<'_>) -> io::Result<Self> {
        Ok(Self {
            pid,
            uid: calls::user(process)?,
            executable: calls::executable(process).ok(),
            logon_session: calls::logon_session(pid).ok(),
            process: None,
        })
    }
}

/// None of it changes. A process whose user the system does not tell is nobody's, and nobody's
/// peer.
static THIS: LazyLock<Peer> = LazyLock::new(|| {
    let pid = std::process::id();
    Peer::at(pid, calls::this_process()).unwrap_or_else(|_| Peer {
        pid,
        uid: String::new(),
        executable: None,
        logon_session: None,
        process: None,
    })
});
