use std::{path::PathBuf, sync::Arc};

use crate::system::{Process, UserId};

/// The program at the other end of a connection, as the system tells it.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The process id.
    pub pid: u32,
    /// The user: a number on Unix, a security identifier (`S-1-…`) on Windows.
    pub uid: UserId,
    /// The executable's path; `None` where the system does not tell.
    pub executable: Option<PathBuf>,
    /// The logon session; `None` where the system does not tell.
    pub logon_session: Option<u32>,
    /// Keeps the process id from coming to mean another process unnoticed; `None` where the system
    /// has nothing that does.
    pub(crate) process: Option<Arc<Process>>,
}

impl Peer {
    /// Whether both run the same executable, which a running update may have replaced on disk.
    #[must_use]
    pub fn runs_same_program_as(&self, other: &Self) -> bool {
        self.executable.is_some() && self.executable == other.executable
    }
}
