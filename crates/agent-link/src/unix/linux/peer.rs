use std::{
    fs, io,
    os::unix::{fs::MetadataExt as _, net::UnixStream},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::Process;
use crate::Peer;

impl Peer {
    /// The peer of a connected socket (`SO_PEERCRED`, and `SO_PEERPIDFD` where the system has it).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn of(stream: &UnixStream) -> io::Result<Self> {
        let credentials = rustix::net::sockopt::socket_peercred(stream)?;
        let process = Process::at_other_end(stream, credentials.pid)?;
        let pid = u32::try_from(credentials.pid.as_raw_nonzero().get()).unwrap_or_default();
        Ok(Self {
            pid,
            uid: credentials.uid.as_raw(),
            executable: executable(&pid.to_string()),
            logon_session: logon_session(&pid.to_string()),
            process: process.map(Arc::new),
        })
    }

    /// The process of this number, whoever it is by now.
    ///
    /// # Errors
    ///
    /// What the system says: there is none.
    pub fn of_process(pid: u32) -> io::Result<Self> {
        let uid = fs::metadata(format!("/proc/{pid}"))?.uid();
        let name = pid.to_string();
        Ok(Self {
            pid,
            uid,
            executable: executable(&name),
            logon_session: logon_session(&name),
            process: None,
        })
    }

    /// This program itself.
    #[must_use]
    pub fn this() -> Self {
        Self {
            pid: std::process::id(),
            uid: rustix::process::getuid().as_raw(),
            executable: executable("self"),
            logon_session: logon_session("self"),
            process: None,
        }
    }

    /// Whether it runs this very file now: a path alone could be made to mean another file, in a
    /// mount namespace of the peer's own. `false` where the system does not tell.
    #[must_use]
    pub fn runs(&self, file: &Path) -> bool {
        let running = fs::metadata(format!("/proc/{}/exe", self.pid));
        let (Ok(running), Ok(file)) = (running, fs::metadata(file)) else { return false };
        let same = (running.dev(), running.ino()) == (file.dev(), file.ino());
        // Looked at last: as long as the process was there, its number was no other's.
        same && self.process.as_ref().is_none_or(|process| process.is_there(self.pid))
    }
}

fn executable(process: &str) -> Option<PathBuf> {
    let path = fs::read_link(format!("/proc/{process}/exe")).ok()?;
    match path.to_str().and_then(|path| path.strip_suffix(" (deleted)")) {
        Some(path) => Some(PathBuf::from(path)),
        None => Some(path),
    }
}

fn logon_session(process: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/sessionid")).ok()?;
    text.trim().parse().ok().filter(|session| *session != NO_SESSION)
}

const NO_SESSION: u32 = u32::MAX;
