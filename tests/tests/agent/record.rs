use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use wardkey_tests::stage::Host;

/// The agent's audit record, whose chain was found to hold.
#[derive(Debug)]
pub struct Record(Vec<Value>);

impl Record {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// Where a line does not follow from the one before it.
    pub fn read(host: &Host) -> Result<Self> {
        let text = fs::read_to_string(host.folder().join("audit.jsonl"))?;
        ensure!(text.is_empty() || text.ends_with('\n'), "half a line");
        let (mut entries, mut last) = (Vec::new(), String::new());
        for line in text.lines() {
            let entry: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
            ensure!(entry["previous"] == last, "the chain breaks at {line}");
            last = Sha256::digest(line).iter().map(|octet| format!("{octet:02x}")).collect();
            entries.push(entry);
        }
        Ok(Self(entries))
    }

    /// How many acts of this kind ended so.
    #[must_use]
    pub fn count(&self, action: &str, outcome: &str) -> usize {
        let is_it = |entry: &&Value| entry["action"] == action && entry["outcome"] == outcome;
        self.0.iter().filter(is_it).count()
    }
}
