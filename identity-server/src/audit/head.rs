use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::AuditEntry;
use crate::store::{Store, StoreError};

/// How far a chain of the audit log had come, as it is kept outside the database: who holds that
/// alone can't make it agree with another log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditHead {
    /// The chain.
    pub chain: String,
    /// The number of its last entry; 0: it had none.
    pub number: u64,
    /// The hash of its last entry, in hexadecimal.
    pub hash: String,
}

/// What a log has in the place of a head that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtHead {
    /// Nothing.
    Missing,
    /// Another entry.
    Other,
    /// The entry of then.
    Same,
}

impl AuditHead {
    /// The head of a chain whose last entry has this number and hash.
    #[must_use]
    pub fn new(chain: &str, number: u64, hash: &[u8; 32]) -> Self {
        let hash = base16ct::lower::encode_string(hash);
        Self { chain: chain.to_owned(), number, hash }
    }

    /// The head of a chain that ends with this entry.
    #[must_use]
    pub fn at(entry: &AuditEntry) -> Self {
        Self::new(&entry.chain, entry.number, &entry.hash)
    }

    /// What a node kept in this file; `None`: there is no file.
    ///
    /// # Errors
    /// That of the file, also when it holds something else.
    pub fn read(file: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(file) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps it in this file, whole or not at all, whatever becomes of the power.
    ///
    /// # Errors
    /// That of the file.
    pub fn keep(&self, file: &Path) -> io::Result<()> {
        let new = file.with_extension(format!("{}.new", std::process::id()));
        let mut written = File::create(&new)?;
        writeln!(written, "{}", serde_json::to_string(self)?)?;
        written.sync_all()?;
        std::fs::rename(&new, file)
    }

    /// What the log has in its place.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn compare(&self, store: &Store) -> Result<AtHead, StoreError> {
        if self.number == 0 {
            return Ok(AtHead::Same);
        }
        let entry = store.audit_after(&self.chain, self.number - 1, 1).await?.pop();
        Ok(match entry.map(|entry| Self::at(&entry)) {
            Some(head) if head == *self => AtHead::Same,
            Some(head) if head.number == self.number => AtHead::Other,
            _ => AtHead::Missing,
        })
    }
}

/// The file in a node's folder with the head that it signed last.
pub const HEAD_FILE: &str = "audit-head.json";
