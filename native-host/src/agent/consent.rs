//! What users let sites do, kept over restarts and the same for every browser.

mod ask;

use std::{
    collections::HashSet,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use wardkey_protocol::{Capability, Origin};

use crate::private;

pub use ask::{TO_SIGN_IN, Wanted, in_dialog, once, settle};

/// One thing that a user lets a site do at a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The user.
    pub uid: String,
    /// The server's address.
    pub server: String,
    /// The site.
    pub origin: Origin,
    /// What.
    pub capability: Capability,
    /// When, in seconds since 1970.
    pub since: u64,
}

/// Every consent.
pub struct Consents {
    path: PathBuf,
    given: Mutex<Vec<Consent>>,
    /// Held from a change until it is written, so that what was given last is written last. Who only
    /// reads does not wait for the disk.
    changing: Mutex<()>,
}

impl Consents {
    /// Opens the file; without one, or with one that can't be read, nobody has let any site do
    /// anything.
    pub fn open(path: PathBuf) -> Self {
        let given = read(&path).unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::error!("{}: {error}; users are asked again", path.display());
            }
            Vec::new()
        });
        Self { path, given: Mutex::new(given), changing: Mutex::default() }
    }

    /// What a user lets a site do at a server.
    pub fn of(&self, uid: &str, server: &str, origin: &Origin) -> HashSet<Capability> {
        let given = self.given();
        let of_it = given.iter().filter(|consent| {
            consent.uid == uid && consent.server == server && consent.origin == *origin
        });
        of_it.map(|consent| consent.capability).collect()
    }

    /// Every consent, in the order in which they were given.
    pub fn every(&self) -> Vec<Consent> {
        self.given().clone()
    }

    /// Keeps consents. Where they can't be written they count as long as the agent lives.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn give(&self, consents: Vec<Consent>) -> io::Result<()> {
        let _changing = self.changing();
        let mut given = self.every();
        for consent in consents {
            let known = given.iter().any(|kept| is_same(kept, &consent));
            // The oldest make room; whose it was is asked again.
            if !known && given.len() >= MOST {
                given.remove(0);
            }
            if !known {
                given.push(consent);
            }
        }
        self.given().clone_from(&given);
        write(&self.path, &given)
    }

    /// Takes back what users let a site do: one thing, or everything. They do not count any more,
    /// whatever becomes of the file.
    ///
    /// # Errors
    ///
    /// What the system says; the next agent would find them again.
    pub fn take_back(
        &self,
        origin: &Origin,
        capability: Option<Capability>,
    ) -> (Vec<Consent>, io::Result<()>) {
        let _changing = self.changing();
        let is_meant = |consent: &Consent| {
            consent.origin == *origin
                && capability.is_none_or(|capability| consent.capability == capability)
        };
        let (taken, left): (Vec<_>, Vec<_>) = self.every().into_iter().partition(is_meant);
        self.given().clone_from(&left);
        let written = if taken.is_empty() { Ok(()) } else { write(&self.path, &left) };
        (taken, written)
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn given(&self) -> MutexGuard<'_, Vec<Consent>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_same(one: &Consent, other: &Consent) -> bool {
    one.uid == other.uid
        && one.server == other.server
        && one.origin == other.origin
        && one.capability == other.capability
}

fn read(path: &Path) -> io::Result<Vec<Consent>> {
    if fs::metadata(path)?.len() > MAX_FILE {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Whole or not at all: what stands there is replaced by what is on the disk.
fn write(path: &Path, given: &[Consent]) -> io::Result<()> {
    let beside = path.with_extension("json.new");
    let mut options = private::options();
    let mut file = options.create(true).truncate(true).write(true).open(&beside)?;
    file.write_all(&serde_json::to_vec_pretty(given)?)?;
    file.sync_all()?;
    fs::rename(beside, path)
}

/// Of all users and sites.
const MOST: usize = 10_000;
/// In bytes; several times what so many take.
const MAX_FILE: u64 = 8 << 20;

#[cfg(test)]
mod tests;
