use std::{
    fs, io,
    os::unix::{fs::MetadataExt as _, net::UnixStream},
    path::Path,
    sync::Arc,
};

use super::calls::{self, Token};
use crate::Peer;

/// A process, which its token never takes for another one.
#[derive(Debug)]
pub struct Process(Token);

impl Peer {
    /// The peer of a connected socket (`LOCAL_PEERTOKEN`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn of(stream: &UnixStream) -> io::Result<Self> {
        Ok(Self::by(Token::at_other_end(stream)?))
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
        Token::this().map_or_else(
            |_| Self {
                pid: std::process::id(),
                uid: rustix::process::geteuid().as_raw(),
                executable: std::env::current_exe().ok(),
                logon_session: None,
                process: None,
            },
            Self::by,
        )
    }

    /// Whether it runs this very file now. `false` where the system does not tell.
    #[must_use]
    pub fn runs(&self, file: &Path) -> bool {
        let running = match &self.process {
            Some(process) => process.0.executable().ok(),
            None => self.executable.clone(),
        };
        let Some(Ok(running)) = running.map(fs::metadata) else { return false };
        fs::metadata(file)
            .is_ok_and(|file| (running.dev(), running.ino()) == (file.dev(), file.ino()))
    }

    fn by(token: Token) -> Self {
        let (pid, uid, session) = token.facts();
        Self {
            pid,
            uid,
            executable: token.executable().ok(),
            logon_session: Some(session),
            process: Some(Arc::new(Process(token))),
        }
    }
}
