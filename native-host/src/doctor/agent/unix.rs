use std::fs;

use wardkey_agent_link::{Instance, Peer};

use crate::program;

/// The process that holds the instance's lock.
#[derive(Debug)]
pub struct Process {
    pub id: u32,
    peer: Peer,
}

impl Process {
    pub fn of(instance: &Instance) -> Option<Self> {
        let id = fs::read_to_string(instance.lock()).ok()?.trim().parse().ok()?;
        Some(Self { id, peer: Peer::of_process(id).ok()? })
    }

    pub fn shown(&self) -> String {
        self.peer.executable.as_deref().map(|it| it.display().to_string()).unwrap_or_default()
    }

    /// Whether its program is not the file that would be started now.
    pub fn is_replaced(&self) -> bool {
        let this = program::this();
        self.peer.executable.is_some() && this.is_ok_and(|this| !self.peer.runs(&this))
    }

    pub fn is_of_another_session(&self) -> bool {
        let session = self.peer.logon_session;
        // Linux has programs of no session; macOS does not tell.
        let is_told = session.is_some() || cfg!(target_os = "linux");
        is_told && session != Peer::this().logon_session
    }
}
