use std::{fs, io, os::unix::net::UnixStream, path::Path, sync::Arc};

use super::calls::{self, Token};
use crate::Peer;

/// A process, which its token never takes for another one.
#[derive(Debug)]
pub struct Process(Token);

impl Peer {
    /// The peer of a connected socket: the user that connected (`LOCAL_PEERCRED`), the process that used it
    /// last (`LOCAL_PEERTOKEN`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn of(stream: &UnixStream) -> io::Result<Self> {
        let uid = calls::user_at_other_end(stream)?;
        Ok(Self::by(Token::at_other_end(stream)?, uid))
    }

    /// The process of this number, whoever it is by now. Its logon session is not told.
    ///
    /// # Errors
    ///
    /// What the system says: there is none.
    pub fn of_process(pid: u32) -> io::Result<Self> {
        let (executable, uid) = calls::process(pid)?;
        let executable = Some(executable);
        Ok(Self { pid, uid, executable, logon_session: None, process: None })
    }

    /// This program itself.
    #[must_use]
    pub fn this() -> Self {
        let uid = rustix::process::geteuid().as_raw();
        match Token::this() {
            Ok(token) => Self::by(token, uid),
            Err(_) => Self {
                pid: std::process::id(),
                uid,
                executable: std::env::current_exe().ok(),
                logon_session: None,
                process: None,
            },
        }
    }

    /// Whether it runs the file of this path now. `false` where the system does not tell. What the system
    /// says is compared as it is: looked up, it could lead elsewhere by a link that was made since. That
    /// an update has put another file in its place is not seen.
    #[must_use]
    pub fn runs(&self, file: &Path) -> bool {
        let running = match &self.process {
            Some(process) => process.0.executable().ok(),
            None => self.executable.clone(),
        };
        running.is_some_and(|running| fs::canonicalize(file).is_ok_and(|file| file == running))
    }

    fn by(token: Token, uid: u32) -> Self {
        let (pid, session) = token.facts();
        Self {
            pid,
            uid,
            executable: token.executable().ok(),
            logon_session: Some(session),
            process: Some(Arc::new(Process(token))),
        }
    }
}
