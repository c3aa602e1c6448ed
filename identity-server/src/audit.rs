//! The audit log: entries that are chained by their hashes, checkpoints that are signed.

mod checkpoint;
mod head;
mod verify;

use sha2::{Digest as _, Sha256};

pub use checkpoint::AuditCheckpoint;
pub use head::{AtHead, AuditHead, HEAD_FILE};
pub use verify::{ChainFault, ChainReport, verify};

use crate::Timestamp;

/// One thing that happened, for the audit log: who, what, with what outcome. Never a ticket, a
/// challenge or content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditEvent {
    /// What was done, as in `login` or `ticket`.
    pub action: String,
    /// `ok`, or the code of the refusal.
    pub outcome: String,
    /// The user, as far as it is known.
    pub uid: Option<String>,
    /// The role profile of the session.
    pub role: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The SHA-256 of the certificate, in hexadecimal.
    pub certificate: Option<String>,
    /// The relying party's origin.
    pub relying_party: Option<String>,
    /// To whom or what it was done, where that is somebody or something else.
    pub target: Option<String>,
}

/// An event in the log, chained to the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The chain: each node of a server has its own.
    pub chain: String,
    /// The place in the chain: 1 is the first.
    pub number: u64,
    /// When it was logged.
    pub at: Timestamp,
    /// What happened.
    pub event: AuditEvent,
    /// The hash of the entry before; zeros at the first.
    pub previous: [u8; 32],
    /// The hash of this entry and, with it, of all before it.
    pub hash: [u8; 32],
}

/// The log is not the one that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit log is broken at entry {number}")]
pub struct AuditBroken {
    /// The first entry that does not follow.
    pub number: u64,
}

impl AuditEntry {
    /// The entry that follows `previous`; the first one where there is none.
    #[must_use]
    pub fn following(
        previous: Option<&Self>,
        chain: &str,
        at: Timestamp,
        event: AuditEvent,
    ) -> Self {
        let number = previous.map_or(1, |previous| previous.number + 1);
        let previous = previous.map_or([0; 32], |previous| previous.hash);
        let hash = chained(chain, number, at, &event, &previous);
        Self { chain: chain.to_owned(), number, at, event, previous, hash }
    }

    /// Checks that these entries follow each other, the first one `previous` or, where there is
    /// none, the beginning.
    ///
    /// # Errors
    /// [`AuditBroken`] names the first that does not.
    pub fn verify(previous: Option<&Self>, entries: &[Self]) -> Result<(), AuditBroken> {
        let mut previous = previous;
        for entry in entries {
            if *entry != Self::following(previous, &entry.chain, entry.at, entry.event.clone()) {
                return Err(AuditBroken { number: entry.number });
            }
            previous = Some(entry);
        }
        Ok(())
    }
}

/// SHA-256 over the fields, each with its length before it, so that no text can pose as two.
fn chained(
    chain: &str,
    number: u64,
    at: Timestamp,
    event: &AuditEvent,
    previous: &[u8; 32],
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    hash.update(previous);
    hash.update((chain.len() as u64).to_be_bytes());
    hash.update(chain);
    hash.update(number.to_be_bytes());
    hash.update(at.millis().to_be_bytes());
    let AuditEvent { action, outcome, uid, role, session, certificate, relying_party, target } =
        event;
    let optional = [uid, role, session, certificate, relying_party].map(Option::as_ref);
    // Entries of before there were targets keep their hashes: a target adds to the fields.
    let target = target.as_ref().map(Some);
    for field in [Some(action), Some(outcome)].into_iter().chain(optional).chain(target) {
        match field {
            None => hash.update([0]),
            Some(text) => {
                hash.update([1]);
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
        }
    }
    hash.finalize().into()
}

const DOMAIN: &[u8] = b"wardkey-identity-audit:1\0";

#[cfg(test)]
mod tests;
