//! What an identity server has yet to hear of a session that is over or held here: one small file
//! each, so that it is delivered though the server is away and the agent is killed meanwhile.
//!
//! A file holds a proof that the session's key made for this one purpose, and neither the key nor a
//! ticket: whoever reads it can end or lock that session, once, and nothing else. It is removed when
//! the server has answered, and when the session would be over anyway.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use wardkey_protocol::session_api::Verb;

use crate::private;

/// One notice, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The server's address; it has to be one of policy still.
    pub server: String,
    /// What the proof asks.
    pub verb: Verb,
    /// The proof, a compact JWS.
    pub proof: String,
    /// Seconds since 1970 after which nobody needs it any more. By the computer's clock, as no
    /// other outlives the agent; one that was set wrong costs the notice, and the lapsing lease
    /// suspends the session all the same.
    pub expires: u64,
}

/// Every notice that is under way.
pub struct Outbox {
    folder: PathBuf,
    /// The newest notice of each session.
    newest: Mutex<HashMap<String, u64>>,
    numbers: AtomicU64,
}

/// A notice under way.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The session's name at the agent.
    pub session: String,
    /// The notice.
    pub notice: Notice,
    number: u64,
}

impl Outbox {
    /// Opens the folder, which is made where there is none.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        private::create_folder(&folder)?;
        Ok(Self { folder, newest: Mutex::default(), numbers: AtomicU64::new(0) })
    }

    /// What an agent before this one could not deliver. What cannot be read, or is too old, is
    /// removed.
    pub fn left(&self, unix_seconds: u64) -> Vec<Posted> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut left = Vec::new();
        for path in entries.map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_ours(name));
            let notice = name.and_then(|_| read(&path)).filter(|n| unix_seconds < n.expires);
            match (name, notice) {
                (Some(session), Some(notice)) if left.len() < MAX_LEFT => {
                    left.push(self.posted(session, notice));
                }
                _ => drop(fs::remove_file(&path)),
            }
        }
        left
    }

    /// Keeps a notice, in the place of any other of its session. One that cannot be written is
    /// under way all the same, for as long as the agent lives.
    pub fn put(&self, session: &str, notice: Notice) -> Posted {
        if let Err(error) = self.write(session, &notice) {
            // Half of it is of no use, and in the way.
            let _ = fs::remove_file(self.folder.join(session).with_extension(UNFINISHED));
            tracing::error!("a notice for {} is not kept: {error}", notice.server);
        }
        self.posted(session, notice)
    }

    /// Whether nothing newer is to be told of its session.
    pub fn is_newest(&self, posted: &Posted) -> bool {
        self.newest().get(&posted.session) == Some(&posted.number)
    }

    /// It was delivered, or nobody needs it any more; `false` where there is a newer one.
    pub fn remove(&self, posted: &Posted) -> bool {
        let mut newest = self.newest();
        let is_newest = newest.get(&posted.session) == Some(&posted.number);
        if is_newest {
            newest.remove(&posted.session);
            // It may never have been written.
            let _ = fs::remove_file(self.folder.join(&posted.session));
        }
        is_newest
    }

    /// What was to be told of a session is true no more.
    pub fn forget(&self, session: &str) {
        if self.newest().remove(session).is_some() {
            // It may never have been written.
            let _ = fs::remove_file(self.folder.join(session));
        }
    }

    /// Whether nothing of a session is under way.
    pub fn has_none_of(&self, session: &str) -> bool {
        !self.newest().contains_key(session)
    }

    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.newest().is_empty()
    }

    fn posted(&self, session: &str, notice: Notice) -> Posted {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        self.newest().insert(session.to_owned(), number);
        Posted { session: session.to_owned(), notice, number }
    }

    /// Whole or not at all, also where the power fails.
    fn write(&self, session: &str, notice: &Notice) -> io::Result<()> {
        let path = self.folder.join(session);
        let unfinished = path.with_extension(UNFINISHED);
        let mut options = private::options();
        let mut file = options.write(true).create(true).truncate(true).open(&unfinished)?;
        file.write_all(&serde_json::to_vec(notice)?)?;
        file.sync_data()?;
        fs::rename(&unfinished, &path)?;
        private::sync_folder(&self.folder)
    }

    fn newest(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names of sessions are made by the agent, of hexadecimal digits.
fn is_ours(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_hexdigit())
}

fn read(path: &Path) -> Option<Notice> {
    let mut text = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MAX_NOTICE + 1).read_to_end(&mut text).ok()?;
    if text.len() as u64 > MAX_NOTICE {
        return None;
    }
    serde_json::from_slice(&text).ok()
}

const UNFINISHED: &str = "new";
const MAX_NOTICE: u64 = 16 * 1024;
const MAX_LEFT: usize = 256;

#[cfg(test)]
mod tests;
