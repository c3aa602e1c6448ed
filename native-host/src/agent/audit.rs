//! The audit record: append-only, one JSON object a line, each with the hash of the line before.
//!
//! It says who did what, for whom and how it ended; never content, never a passcode.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// One act.
#[derive(Debug, Default, Serialize)]
pub struct Entry<'a> {
    /// The command, or `card_removed`.
    pub action: &'a str,
    /// The origin that asked.
    pub origin: Option<&'a str>,
    /// The relying party that signs its user in at the identity server (`authorize`).
    pub client: Option<&'a str>,
    /// The user.
    pub uid: Option<&'a str>,
    /// The role profile.
    pub role: Option<&'a str>,
    /// The card's serial.
    pub card: Option<&'a str>,
    /// The certificate's SHA-256.
    pub certificate: Option<&'a str>,
    /// The signature format.
    pub format: Option<&'a str>,
    /// SHA-256 of each document.
    pub digests: Vec<String>,
    /// What policy admits by an exception alone, as `rsa_1024`.
    pub exception: Option<&'a str>,
    /// `ok`, or the error code.
    pub outcome: &'a str,
}

/// The open record.
pub struct Audit(Mutex<Record>);

struct Record {
    file: File,
    last: String,
}

impl Audit {
    /// Opens the record and finds its last line.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file =
            OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)?;
        let mut last = String::new();
        for line in BufReader::new(&file).lines() {
            last = hash(line?.as_bytes());
        }
        Ok(Self(Mutex::new(Record { file, last })))
    }

    /// Appends one act and writes it through to the disk.
    ///
    /// # Errors
    ///
    /// What the system says; then the act must not go on.
    pub fn append(&self, unix_seconds: u64, entry: &Entry<'_>) -> io::Result<()> {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = serde_json::to_value(entry)?;
        if let Value::Object(fields) = &mut line {
            fields.retain(|_, value| !value.is_null() && *value != Value::Array(Vec::new()));
            fields.insert("time".to_owned(), unix_seconds.into());
            fields.insert("previous".to_owned(), record.last.as_str().into());
        }
        let line = line.to_string();
        record.file.write_all(format!("{line}\n").as_bytes())?;
        record.file.sync_data()?;
        record.last = hash(line.as_bytes());
        Ok(())
    }

    /// The number of the first line that does not follow from the one before it, from 1; `None`
    /// when the chain holds.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn first_break(path: &Path) -> io::Result<Option<usize>> {
        let mut last = String::new();
        for (index, line) in BufReader::new(File::open(path)?).lines().enumerate() {
            let line = line?;
            let entry: Option<Value> = serde_json::from_str(&line).ok();
            let previous = entry.as_ref().and_then(|entry| entry["previous"].as_str());
            if previous != Some(&last) {
                return Ok(Some(index + 1));
            }
            last = hash(line.as_bytes());
        }
        Ok(None)
    }
}

fn hash(line: &[u8]) -> String {
    Sha256::digest(line).iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_holds_over_a_restart_and_shows_an_edit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        for action in ["sign_in", "sign"] {
            let audit = Audit::open(&path).unwrap();
            let entry = Entry { action, outcome: "ok", ..Entry::default() };
            audit.append(1, &entry).unwrap();
            audit.append(2, &entry).unwrap();
        }
        assert_eq!(Audit::first_break(&path).unwrap(), None);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("\"time\":2", "\"time\":3", 1)).unwrap();
        assert_eq!(Audit::first_break(&path).unwrap(), Some(3));
    }
}
