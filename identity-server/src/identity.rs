//! What the server decides, without HTTP: one file for each thing that is asked of it.

mod activate;
mod assertion;
mod logout;
mod select_role;
mod session;
mod session_service;
mod trust;
mod validate;

use std::{collections::BTreeSet, sync::Arc};

use tracing::error;
use wardkey_protocol::Origin;
use wardkey_spine::Ticket;

pub use assertion::{AssertionKey, AssertionKeyError};
pub use session::Granted;
pub use trust::{LoginTrust, TrustError};

use crate::{
    AuditEvent, Clock, Directory, Random, RandomError, SessionTimes, Timestamp,
    random::octets,
    session::{Session, State, StoredTicket},
    store::{Store, StoreError, TicketChange},
};

/// The Identity Server's rules over a store.
pub struct Identity {
    pub(crate) store: Store,
    rules: Rules,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What an [`Identity`] goes by.
pub struct Rules {
    /// The server's base address, its identity.
    pub server: Origin,
    /// Who may log in, and in which roles.
    pub directory: Directory,
    /// How long things last.
    pub times: SessionTimes,
    /// The apps that may get tickets of their own.
    pub relying_parties: BTreeSet<Origin>,
    /// Who may issue login certificates.
    pub trust: LoginTrust,
    /// What signs assertions, and challenges.
    pub assertion_key: AssertionKey,
}

/// Why something that was asked was not done: refused, or failed at the server.
#[derive(Debug)]
pub enum Failed<R> {
    /// Refused, for a reason that is told.
    Refused(R),
    /// The server's own trouble, for its log only.
    Internal(InternalError),
}

/// The server's own trouble. It is logged, and clients learn only that there is some.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InternalError {
    /// An answer could not be written.
    #[error("the answer could not be written: {0}")]
    Answer(String),
    /// A session kept changing under one that wanted to change it.
    #[error("the session is contended")]
    Contended,
    /// The assertion key does not sign.
    #[error("the assertion key does not sign")]
    Key,
    /// The system gives no randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nothing is done for a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TicketRefusal {
    /// The ticket is unknown, or its session ended, was idle too long, or is locked or suspended:
    /// who asks does not learn which.
    #[error("no valid session")]
    NoSession,
    /// A relying party's ticket, for something that only the session's own may do.
    #[error("not permitted with this ticket")]
    NotPermitted,
    /// The role profile is not one of the user's.
    #[error("not a role of this user")]
    RoleUnknown,
    /// The session has no role yet.
    #[error("no role selected")]
    RoleRequired,
}

impl Identity {
    /// A server with these rules.
    pub fn new(store: Store, rules: Rules, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { store, rules, clock, random }
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn health(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    /// Removes what is long over; to be called from time to time.
    ///
    /// # Errors
    /// [`StoreError`] of the store.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.sweep(now, now.minus(KEPT_AFTER_END)).await
    }

    fn octets<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        octets(&*self.random)
    }

    fn new_ticket(&self) -> Result<Ticket, RandomError> {
        let random = zeroize::Zeroizing::new(self.octets::<{ Ticket::RANDOM_LENGTH }>()?);
        Ok(Ticket::generate(&random))
    }

    /// The ticket and its session, when that is active.
    async fn active<R: From<TicketRefusal>>(
        &self,
        ticket: &Ticket,
    ) -> Result<(StoredTicket, Session), Failed<R>> {
        let found = self.store.session_of(&ticket.sha256()).await?;
        found
            .filter(|(_, session)| session.is_active(self.clock.now()))
            .ok_or_else(|| Failed::Refused(TicketRefusal::NoSession.into()))
    }

    /// Changes a session, settled to the present, and begins again when another change came
    /// between. The change and what the log says of it are made together: what is not in the log
    /// does not happen. `Ok(None)`: there is no such session.
    async fn change<T>(
        &self,
        id: &str,
        decide: impl Fn(&mut Session, Timestamp) -> Change<T> + Send,
    ) -> Result<Option<T>, InternalError> {
        for _ in 0..CHANGE_ATTEMPTS {
            let Some(mut session) = self.store.session(id).await? else { return Ok(None) };
            let now = self.clock.now();
            session.settle(now);
            match decide(&mut session, now) {
                Change::Leave(answer) => return Ok(Some(answer)),
                Change::Store { answer, tickets, log } => {
                    let mut unit = self.store.begin().await?;
                    if unit.replace_session(&session, &tickets).await? {
                        if let Some(event) = log {
                            unit.audit(now, event).await?;
                        }
                        unit.commit().await?;
                        return Ok(Some(answer));
                    }
                }
            }
        }
        Err(InternalError::Contended)
    }

    /// Ends a session, whatever its state, for what the log calls `action`. `false`: there is
    /// none, or it was over already.
    async fn end(&self, id: &str, action: &str) -> Result<bool, InternalError> {
        let ended = self
            .change(id, |session, _| {
                if session.state == State::Ended {
                    return Change::Leave(false);
                }
                session.state = State::Ended;
                let log = Some(event(action, "ok", session));
                Change::Store { answer: true, tickets: TicketChange::DropAll, log }
            })
            .await?;
        Ok(ended.unwrap_or(false))
    }

    /// Logs something that changes nothing else.
    async fn audit(&self, event: AuditEvent) -> Result<(), InternalError> {
        self.store.audit(self.clock.now(), event).await?;
        Ok(())
    }
}

/// What to do with a session after a decision on it.
#[allow(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
enum Change<T> {
    /// Nothing.
    Leave(T),
    /// Store it, change its tickets, and log that.
    Store { answer: T, tickets: TicketChange, log: Option<AuditEvent> },
}

/// The event of something done for a session.
fn event(action: &str, outcome: &str, session: &Session) -> AuditEvent {
    AuditEvent {
        action: action.to_owned(),
        outcome: outcome.to_owned(),
        uid: Some(session.uid.clone()),
        role: session.role.clone(),
        session: Some(session.id.clone()),
        ..AuditEvent::default()
    }
}

impl<R, E: Into<InternalError>> From<E> for Failed<R> {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

impl InternalError {
    /// Puts the trouble into the server's log.
    pub(crate) fn log(&self, doing: &'static str) {
        error!(doing, "{self}");
    }
}

const CHANGE_ATTEMPTS: usize = 32;
/// Ended sessions are kept for this long after their longest time, to say that they ended.
const KEPT_AFTER_END: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests;
