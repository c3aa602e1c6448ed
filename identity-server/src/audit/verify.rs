use std::time::Duration;

use wardkey_crypto::{Obligation, SignatureAlgorithm};

use super::{AtHead, AuditCheckpoint, AuditEntry, AuditHead};
use crate::{
    Timestamp,
    store::{Store, StoreError},
};

/// What came of verifying one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// The chain.
    pub chain: String,
    /// How many entries it has.
    pub entries: u64,
    /// The hash of the last one.
    pub head: [u8; 32],
    /// How many signed checkpoints agree with it.
    pub checkpoints: usize,
    /// What is wrong; `None`: nothing.
    pub fault: Option<ChainFault>,
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainFault {
    /// An entry was changed, removed or put in.
    #[error("entry {0} does not follow the one before it")]
    Broken(u64),
    /// The chain had another entry here when the checkpoint was made.
    #[error("entry {0} is not the one of its checkpoint")]
    Replaced(u64),
    /// The chain ends before an entry that it had when a checkpoint was made.
    #[error("the log is cut short: entry {0} is missing")]
    Short(u64),
    /// This entry was not signed in time: a log that is made anew is not.
    #[error("entry {0} is older than five minutes, and no signed checkpoint covers it")]
    Uncovered(u64),
    /// A checkpoint was not signed by the server's assertion key.
    #[error("the checkpoint of entry {0} is not signed by this server")]
    Unsigned(u64),
}

/// Verifies every chain of the log, and its checkpoints against the assertion key, a DER
/// SubjectPublicKeyInfo. `signed`: how far this node signed its own last, which who holds the
/// database can't change.
///
/// # Errors
/// [`StoreError`] when the database fails. Faults of the log are in the reports.
pub async fn verify(
    store: &Store,
    spki: &[u8],
    now: Timestamp,
    signed: Option<&AuditHead>,
) -> Result<Vec<ChainReport>, StoreError> {
    let mut chains = store.audit_chains().await?;
    if let Some(signed) = signed.filter(|signed| !chains.contains(&signed.chain)) {
        chains.push(signed.chain.clone());
    }
    let mut reports = Vec::new();
    for chain in chains {
        let signed = signed.filter(|signed| signed.chain == chain);
        reports.push(chain_report(store, chain, spki, now, signed).await?);
    }
    Ok(reports)
}

async fn chain_report(
    store: &Store,
    chain: String,
    spki: &[u8],
    now: Timestamp,
    signed: Option<&AuditHead>,
) -> Result<ChainReport, StoreError> {
    let checkpoints = store.audit_checkpoints(&chain).await?;
    let unsigned = checkpoints.iter().find(|checkpoint| !is_signed(checkpoint, spki));
    let mut fault = unsigned.map(|checkpoint| ChainFault::Unsigned(checkpoint.number));
    let covered = checkpoints.last().map_or(0, |checkpoint| checkpoint.number);
    let mut uncovered = None;
    let mut due = checkpoints.iter().peekable();
    let mut last: Option<AuditEntry> = None;
    let mut agreed = 0;
    'entries: loop {
        let after = last.as_ref().map_or(0, |entry| entry.number);
        let page = store.audit_after(&chain, after, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            if let Err(broken) = AuditEntry::verify(last.as_ref(), std::slice::from_ref(&entry)) {
                fault = fault.or(Some(ChainFault::Broken(broken.number)));
                last = Some(entry);
                break 'entries;
            }
            if let Some(checkpoint) = due.next_if(|due| due.number == entry.number) {
                if checkpoint.hash == entry.hash {
                    agreed += 1;
                } else {
                    fault = fault.or(Some(ChainFault::Replaced(entry.number)));
                }
            }
            if entry.number > covered && now.since(entry.at) > COVERED_WITHIN {
                uncovered = uncovered.or(Some(ChainFault::Uncovered(entry.number)));
            }
            last = Some(entry);
        }
    }
    let entries = last.as_ref().map_or(0, |entry| entry.number);
    if let Some(beyond) = checkpoints.iter().find(|checkpoint| checkpoint.number > entries) {
        fault = fault.or(Some(ChainFault::Short(beyond.number)));
    }
    if let Some(signed) = signed {
        fault = fault.or(match signed.compare(store).await? {
            AtHead::Missing => Some(ChainFault::Short(signed.number)),
            AtHead::Other => Some(ChainFault::Replaced(signed.number)),
            AtHead::Same => None,
        });
    }
    let fault = fault.or(uncovered);
    let head = last.map_or([0; 32], |entry| entry.hash);
    Ok(ChainReport { chain, entries, head, checkpoints: agreed, fault })
}

fn is_signed(checkpoint: &AuditCheckpoint, spki: &[u8]) -> bool {
    Obligation {
        algorithm: SignatureAlgorithm::RsaPkcs1Sha256,
        spki: spki.to_vec(),
        message: checkpoint.to_be_signed(),
        signature: checkpoint.signature.clone(),
        issued: false,
    }
    .discharge()
}

/// A node signs each minute, and at its end.
const COVERED_WITHIN: Duration = Duration::from_secs(5 * 60);
const PAGE: u32 = 1000;
