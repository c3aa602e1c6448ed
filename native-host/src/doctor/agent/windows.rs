use std::{fs, path::PathBuf};

use wardkey_agent_link::{Instance, Peer};

/// The process that holds the instance's lock.
#[derive(Debug)]
pub struct Process {
    pub id: u32,
    peer: Option<Peer>,
}

impl Process {
    pub fn of(instance: &Instance) -> Option<Self> {
        let id = fs::read_to_string(instance.lock()).ok()?.trim().parse().ok()?;
        // Nobody else may write to it while it is held.
        let is_held = fs::File::options().append(true).open(instance.lock()).is_err();
        is_held.then(|| Self { id, peer: Peer::of(id).ok() })
    }

    pub fn shown(&self) -> String {
        self.program().map(|it| it.display().to_string()).unwrap_or_default()
    }

    /// Whether its program is not the file that would be started now. One that runs can't be
    /// replaced, only another one started.
    pub fn is_replaced(&self) -> bool {
        let this = Peer::this().executable;
        matches!((self.program(), &this), (Some(running), Some(this)) if running != this)
    }

    pub fn is_of_another_session(&self) -> bool {
        let session = self.peer.as_ref().and_then(|peer| peer.logon_session);
        session.is_some() && session != Peer::this().logon_session
    }

    fn program(&self) -> Option<&PathBuf> {
        self.peer.as_ref()?.executable.as_ref()
    }
}
