use crate::{AuditEntry, Timestamp};

/// How far a chain of the audit log had come at some time, signed with the assertion key: a log
/// that is cut short behind it, or rewritten from its beginning, does not agree with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCheckpoint {
    /// The chain.
    pub chain: String,
    /// The number of its last entry.
    pub number: u64,
    /// The hash of its last entry.
    pub hash: [u8; 32],
    /// When.
    pub at: Timestamp,
    /// RSASSA-PKCS1-v1_5 with SHA-256 over [`AuditCheckpoint::to_be_signed`].
    pub signature: Vec<u8>,
}

impl AuditCheckpoint {
    /// The checkpoint at this entry, not signed yet.
    #[must_use]
    pub fn at(entry: &AuditEntry, at: Timestamp) -> Self {
        let AuditEntry { chain, number, hash, .. } = entry;
        Self { chain: chain.clone(), number: *number, hash: *hash, at, signature: Vec::new() }
    }

    /// What is signed.
    #[must_use]
    pub fn to_be_signed(&self) -> Vec<u8> {
        let mut octets = DOMAIN.to_vec();
        octets.extend((self.chain.len() as u64).to_be_bytes());
        octets.extend(self.chain.as_bytes());
        octets.extend(self.number.to_be_bytes());
        octets.extend(self.hash);
        octets.extend(self.at.millis().to_be_bytes());
        octets
    }
}

const DOMAIN: &[u8] = b"wardkey-identity-checkpoint:1\0";
