//! What the server decides, without HTTP: one file for each thing that is asked of it.

mod activate;
mod assertion;
mod card_answer;
mod change;
mod ending;
mod listener;
mod logout;
mod passkeys;
mod select_role;
mod session;
mod session_service;
mod trust;
mod validate;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use tokio::sync::Notify;
use tracing::error;
use wardkey_protocol::Origin;
use wardkey_spine::Ticket;

pub use assertion::{AssertionKey, AssertionKeyError};
use change::Change;
pub(crate) use listener::Notice;
pub use passkeys::PasskeyRefusal;
pub use session::Granted;
pub use trust::{LoginTrust, TrustError};

use crate::{
    AuditCheckpoint, AuditEvent, Clock, LimitSettings, Random, RandomError, SessionTimes,
    audit::{AtHead, AuditHead},
    directory::{LdapError, People, Person},
    limits::Limits,
    random::octets,
    registry::WrappingKey,
    session::{Session, StoredTicket},
    store::{Store, StoreError},
};

/// The Identity Server's rules over a store.
pub struct Identity {
    pub(crate) store: Store,
    pub(crate) rules: Rules,
    pub(crate) people: People,
    pub(crate) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    pub(crate) limits: Arc<Limits>,
    /// Woken when there is something to deliver.
    pub(crate) deliveries: Arc<Notify>,
    /// What passkeys are for; `None`: the server's address is none that they can be for.
    webauthn: Option<webauthn_rs::Webauthn>,
    /// Whether the server is about to stop.
    pub(crate) stopping: AtomicBool,
}

/// What an [`Identity`] goes by.
pub struct Rules {
    /// The server's base address, its identity.
    pub server: Origin,
    /// How long things last.
    pub times: SessionTimes,
    /// The apps that may get tickets of their own, besides those of the database.
    pub relying_parties: BTreeSet<Origin>,
    /// How often anybody may ask.
    pub limits: LimitSettings,
    /// Who may issue login certificates.
    pub trust: LoginTrust,
    /// Whether assertions are of a training environment.
    pub training: bool,
    /// What signs assertions, and challenges.
    pub assertion_key: AssertionKey,
    /// The file in which this node keeps how far it signed the audit log last.
    pub audit_head: PathBuf,
    /// What wraps secrets in the database.
    pub wrapping: Arc<WrappingKey>,
    /// The activities, one of which a role has to have to administer sessions by ticket.
    pub administration: Vec<String>,
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
    /// What was signed of the audit log last can't be read or kept.
    #[error("audit-head.json: {0}")]
    AuditHead(std::io::Error),
    /// The audit log has not the entry of this number that was signed last.
    #[error(
        "the audit log has not the entry {0} that was signed last, and is signed no more; \
         if the database was restored from a backup, remove audit-head.json"
    )]
    AuditLost(u64),
    /// A session kept changing under one that wanted to change it.
    #[error("the session is contended")]
    Contended,
    /// The directory does not say who somebody is.
    #[error(transparent)]
    Directory(#[from] LdapError),
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
    /// The session has a role, and policy has the card answer before it changes.
    #[error("the role is fixed until the card has answered again")]
    RoleFixed,
    /// The role profile is not one of the user's.
    #[error("not a role of this user")]
    RoleUnknown,
    /// The session has no role yet.
    #[error("no role selected")]
    RoleRequired,
}

impl Identity {
    /// A server with these rules.
    pub fn new(
        store: Store,
        people: People,
        rules: Rules,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let limits = Arc::new(Limits::new(rules.limits, Arc::clone(&clock)));
        let webauthn = passkeys::relying_party(&rules.server);
        Self {
            store,
            rules,
            people,
            clock,
            random,
            limits,
            deliveries: Arc::default(),
            webauthn,
            stopping: AtomicBool::new(false),
        }
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn check_store(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    /// Removes what is long over; to be called from time to time.
    ///
    /// # Errors
    /// [`StoreError`] of the store.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.limits.sweep();
        let now = self.clock.now();
        self.store.sweep(now, now.minus(KEPT_AFTER_END)).await?;
        self.store.sweep_visits(now).await?;
        self.store.sweep_ceremonies(now).await?;
        self.store.sweep_grants(now).await
    }

    /// Tells the metrics how many sessions there are; to be called from time to time.
    ///
    /// # Errors
    /// [`StoreError`] of the store.
    pub async fn measure(&self) -> Result<(), StoreError> {
        let sessions = self.store.count_sessions().await?;
        #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53")]
        metrics::gauge!("wardkey_sessions").set(sessions as f64);
        Ok(())
    }

    /// Signs how far this node's chain of the audit log has come, when it has come further; to be
    /// called from time to time, and at the end. A log that has not what was signed last is another
    /// one, and is not signed.
    ///
    /// # Errors
    /// [`InternalError`] of the store, the key or the file; [`InternalError::AuditLost`].
    pub async fn checkpoint(&self) -> Result<(), InternalError> {
        let file = &self.rules.audit_head;
        let signed = AuditHead::read(file).map_err(InternalError::AuditHead)?;
        if let Some(signed) = signed
            && signed.compare(&self.store).await? != AtHead::Same
        {
            return Err(InternalError::AuditLost(signed.number));
        }
        let Some(head) = self.store.audit_head().await? else { return Ok(()) };
        let mut checkpoint = AuditCheckpoint::at(&head, self.clock.now());
        checkpoint.signature = self.rules.assertion_key.sign(&checkpoint.to_be_signed())?;
        self.store.put_audit_checkpoint(&checkpoint).await?;
        AuditHead::at(&head).keep(file).map_err(InternalError::AuditHead)
    }

    pub(crate) fn octets<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        octets(&*self.random)
    }

    fn new_ticket(&self) -> Result<Ticket, RandomError> {
        let random = zeroize::Zeroizing::new(self.octets::<{ Ticket::RANDOM_LENGTH }>()?);
        Ok(Ticket::generate(&random))
    }

    /// The person with this user id; `None`: the directory knows nobody of it.
    pub(crate) async fn person(&self, uid: &str) -> Result<Option<Person>, InternalError> {
        Ok(self.people.person(uid).await?)
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

    /// A name for something new: 128 random bits in hexadecimal. No credential.
    pub(crate) fn new_id(&self) -> Result<String, RandomError> {
        let id: [u8; 16] = self.octets()?;
        Ok(base16ct::lower::encode_string(&id))
    }

    /// Logs something that changes nothing else.
    pub(crate) async fn audit(&self, event: AuditEvent) -> Result<(), InternalError> {
        self.store.audit(self.clock.now(), event).await?;
        Ok(())
    }
}

/// The event of something done for a session.
pub(crate) fn event(action: &str, outcome: &str, session: &Session) -> AuditEvent {
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
    /// Whether it lies with the database or the directory, so that the same request may do later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Contended | Self::Directory(_) | Self::Store(StoreError::Database(_)) => true,
            Self::Answer(_)
            | Self::AuditHead(_)
            | Self::AuditLost(_)
            | Self::Key
            | Self::Random(_)
            | Self::Store(_) => false,
        }
    }

    /// Puts the trouble into the server's log.
    pub(crate) fn log(&self, doing: &'static str) {
        error!(doing, "{self}");
    }
}

/// Ended sessions are kept for this long after their longest time, to say that they ended.
const KEPT_AFTER_END: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests;
