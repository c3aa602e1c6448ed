//! The audit record: append-only, one JSON object a line, each with the hash of the line before.
//!
//! It says who did what, for whom and how it ended; never content, never a passcode.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, BufRead as _, BufReader, Write as _},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use wardkey_protocol::Capability;

use crate::private;

/// One act.
#[derive(Debug, Default, Serialize)]
pub struct Entry<'a> {
    /// The command, or `card_removed`.
    pub action: &'a str,
    /// The origin that asked.
    pub origin: Option<&'a str>,
    /// The local program that asked, by its executable.
    pub program: Option<&'a str>,
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
    /// The certificate's serial number, in hexadecimal.
    pub certificate_serial: Option<&'a str>,
    /// The signature format.
    pub format: Option<&'a str>,
    /// What a user let a site do, or took back.
    pub capabilities: Vec<Capability>,
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
    /// The hash of the last line.
    last: String,
    /// In bytes, up to the end of the last line.
    length: u64,
    /// Whether something that is no line may stand after it.
    torn: bool,
    /// Acts that could not be written, oldest first, with their times.
    unwritten: VecDeque<Map<String, Value>>,
}

impl Audit {
    /// Opens the record and finds its last line. What was being written when power or program went
    /// is no line and of no act that went on: it is cut off.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = private::options().create(true).append(true).read(true).open(path)?;
        let (mut last, mut length) = (String::new(), 0);
        let mut lines = BufReader::new(&file);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            let Some(whole) = line.strip_suffix(b"\n") else { break };
            last = hash(whole);
            length += line.len() as u64;
            line.clear();
        }
        file.set_len(length)?;
        Ok(Self(Mutex::new(Record { file, last, length, torn: false, unwritten: VecDeque::new() })))
    }

    /// Appends one act and writes it through to the disk. Where that fails, it is kept and written
    /// before the next one.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn append(&self, unix_seconds: u64, entry: &Entry<'_>) -> io::Result<()> {
        let mut record = self.record();
        record.keep(unix_seconds, entry)?;
        record.write()
    }

    /// The same for an act that goes on only if it is recorded; one that fails here is recorded
    /// later, with `refused` as its outcome.
    ///
    /// # Errors
    ///
    /// What the system says; then the act must not go on.
    pub fn append_first(
        &self,
        unix_seconds: u64,
        entry: &Entry<'_>,
        refused: &str,
    ) -> io::Result<()> {
        let mut record = self.record();
        record.keep(unix_seconds, entry)?;
        let written = record.write();
        if written.is_err()
            && let Some(kept) = record.unwritten.back_mut()
        {
            kept.insert("outcome".to_owned(), refused.into());
        }
        written
    }

    /// Whether all is written that was to be; what was kept is written now.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn catch_up(&self) -> io::Result<()> {
        self.record().write()
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Record {
    fn keep(&mut self, unix_seconds: u64, entry: &Entry<'_>) -> io::Result<()> {
        let Value::Object(mut fields) = serde_json::to_value(entry)? else { return Ok(()) };
        fields.retain(|_, value| !value.is_null() && *value != Value::Array(Vec::new()));
        fields.insert("time".to_owned(), unix_seconds.into());
        if self.unwritten.len() >= MAX_UNWRITTEN {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.unwritten.push_back(fields);
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        while let Some(fields) = self.unwritten.front_mut() {
            fields.insert("previous".to_owned(), self.last.as_str().into());
            let line = format!("{}\n", Value::Object(fields.clone()));
            let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
            if let Err(error) = written {
                // Half a line is none; where it stays, it is cut off before the next one is written.
                self.torn = self.file.set_len(self.length).is_err();
                return Err(error);
            }
            self.last = hash(line.trim_end().as_bytes());
            self.length += line.len() as u64;
            self.unwritten.pop_front();
        }
        Ok(())
    }
}

fn hash(line: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(line))
}

/// Without a disk to write to, acts that need no record first, such as ends of sessions, go on.
const MAX_UNWRITTEN: usize = 10_000;

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
    #[test]
    fn half_a_line_of_a_killed_program_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let entry = Entry { action: "sign", outcome: "ok", ..Entry::default() };
        Audit::open(&path).unwrap().append(1, &entry).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        for half in ["{\"action\":\"si", "\u{0}\u{0}"] {
            std::fs::write(&path, format!("{whole}{half}")).unwrap();
            drop(Audit::open(&path).unwrap());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
        }
        Audit::open(&path).unwrap().append(2, &entry).unwrap();
        assert_eq!(Audit::first_break(&path).unwrap(), None);
    }
}
