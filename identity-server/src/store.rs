//! Where challenges, sessions, tickets, registrations and the audit log are kept.

mod memory;
mod sqlite;

use std::future::Future;

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;

use crate::{
    AuditEntry, AuditEvent, Timestamp,
    session::{Session, Sha256, StoredChallenge, StoredTicket},
};

/// A store. Each operation is atomic; not found is `Ok(None)` or `Ok(false)`.
pub trait Store: Send + Sync + 'static {
    /// Keeps a new challenge.
    fn put_challenge(&self, challenge: &StoredChallenge) -> impl Answer<()>;

    /// Gives a challenge to the first who asks, and removes it, expired or not.
    fn take_challenge(&self, hash: &Sha256) -> impl Answer<Option<StoredChallenge>>;

    /// Registers a login certificate for a user; again is fine, for another user is not.
    /// `false`: it is another user's.
    fn register_certificate(
        &self,
        uid: &str,
        certificate: &Sha256,
        at: Timestamp,
    ) -> impl Answer<bool>;

    /// Whether this certificate is registered for this user.
    fn is_registered(&self, uid: &str, certificate: &Sha256) -> impl Answer<bool>;

    /// Keeps a new session with its own ticket.
    fn put_session(&self, session: &Session, ticket: &StoredTicket) -> impl Answer<()>;

    /// The session with this id.
    fn session(&self, id: &str) -> impl Answer<Option<Session>>;

    /// The ticket with this hash and its session.
    fn session_of(&self, ticket: &Sha256) -> impl Answer<Option<(StoredTicket, Session)>>;

    /// Stores a changed session over the one of the same revision, raises that, and changes the
    /// session's tickets. `false`, and nothing changed: the revision is not the stored one.
    fn replace_session(&self, session: &Session, tickets: &TicketChange) -> impl Answer<bool>;

    /// Removes challenges that expired before `now` and sessions, with their tickets, whose time
    /// was up before `forget`.
    fn sweep(&self, now: Timestamp, forget: Timestamp) -> impl Answer<()>;

    /// Appends an event to the audit log.
    fn append_audit(&self, at: Timestamp, event: AuditEvent) -> impl Answer<AuditEntry>;

    /// Entries of the audit log after this number, at most `limit`, in their order.
    fn audit_after(&self, number: u64, limit: u32) -> impl Answer<Vec<AuditEntry>>;

    /// Whether the store answers.
    fn ping(&self) -> impl Answer<()>;
}

/// What a store's operation returns.
pub trait Answer<T>: Future<Output = Result<T, StoreError>> + Send {}

impl<T, F: Future<Output = Result<T, StoreError>> + Send> Answer<T> for F {}

/// What happens to a session's tickets when the session changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TicketChange {
    /// One more.
    Add(StoredTicket),
    /// All go.
    DropAll,
    /// Those of relying parties go; the session's own stays.
    DropChildren,
    /// They stay as they are.
    Keep,
    /// All go, and this is the session's own from now on.
    ReplaceAll(StoredTicket),
}

/// The store failed; what it said is for the log, never for clients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The audit log could not be appended to, since others kept appending.
    #[error("the audit log is contended")]
    Contended,
    /// What is stored can't be read.
    #[error("the stored {0} can't be read")]
    Corrupt(&'static str),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Something with this key is stored already.
    #[error("the key is in use")]
    Duplicate,
}

#[cfg(test)]
mod tests;
