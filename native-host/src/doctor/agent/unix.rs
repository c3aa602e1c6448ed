use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use wardkey_agent_link::{Instance, Peer};

/// The process that holds the instance's lock.
#[derive(Debug)]
pub struct Process {
    pub id: u32,
    /// Its program, as the system has it.
    program: Option<PathBuf>,
}

impl Process {
    pub fn of(instance: &Instance) -> Option<Self> {
        let id = fs::read_to_string(instance.lock()).ok()?.trim().parse().ok()?;
        let folder = PathBuf::from(format!("/proc/{id}"));
        folder.exists().then(|| Self { id, program: fs::read_link(folder.join("exe")).ok() })
    }

    pub fn shown(&self) -> String {
        self.program.as_deref().map(|it| it.display().to_string()).unwrap_or_default()
    }

    /// Whether its program is not the file that would be started now: the link of the system leads
    /// to what runs, even where that has been replaced.
    pub fn is_replaced(&self) -> bool {
        let file = |path: &Path| fs::metadata(path).ok().map(|it| (it.dev(), it.ino()));
        let running = file(Path::new(&format!("/proc/{}/exe", self.id)));
        let this = file(Path::new("/proc/self/exe"));
        matches!((running, this), (Some(running), Some(this)) if running != this)
    }

    pub fn is_of_another_session(&self) -> bool {
        let text = fs::read_to_string(format!("/proc/{}/sessionid", self.id)).ok();
        let session = text.and_then(|text| text.trim().parse::<u32>().ok());
        session.filter(|session| *session != NO_SESSION) != Peer::this().logon_session
    }
}

/// What the system says where there is no logon session.
const NO_SESSION: u32 = u32::MAX;
