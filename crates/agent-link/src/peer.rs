use std::{fs, io, os::unix::net::UnixStream, path::PathBuf};

/// The program at the other end of a connection, as the system tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The process id.
    pub pid: u32,
    /// The user id.
    pub uid: u32,
    /// The executable's path; `None` where the system does not tell.
    pub executable: Option<PathBuf>,
    /// The logon session; `None` where the system does not tell.
    pub logon_session: Option<u32>,
}

impl Peer {
    /// The peer of a connected socket (`SO_PEERCRED`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn of(stream: &UnixStream) -> io::Result<Self> {
        let credentials = rustix::net::sockopt::socket_peercred(stream)?;
        let pid = u32::try_from(credentials.pid.as_raw_nonzero().get()).unwrap_or_default();
        Ok(Self {
            pid,
            uid: credentials.uid.as_raw(),
            executable: executable(&pid.to_string()),
            logon_session: logon_session(&pid.to_string()),
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
        }
    }

    /// Whether both run the same executable, which a running update may have replaced on disk.
    #[must_use]
    pub fn runs_same_program_as(&self, other: &Self) -> bool {
        self.executable.is_some() && self.executable == other.executable
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
