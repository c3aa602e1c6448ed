//! The agent: one process for each desktop session. It owns cards, dialogs, sessions, policy,
//! consent and audit; relays bring it the calls of pages, and local programs bring their own.

mod accept;
mod admission;
pub mod audit;
mod batch;
mod call;
mod callers;
mod cards;
mod certificate;
mod choice;
mod command;
mod connection;
mod consent;
mod console;
pub(crate) mod content;
mod delivery;
mod desktop;
mod dialogs;
mod documents;
mod early;
mod fault;
mod held;
mod idle;
mod insertion;
mod lease;
mod login;
mod outbound;
mod outbox;
mod own;
mod passcode;
mod port;
mod program;
mod readerless;
pub(crate) mod received;
mod remote;
mod removal;
mod results;
mod session;
mod signing;
#[cfg(test)]
mod testing;
mod timestamps;
mod transfer;
mod trust;

use std::{
    collections::HashMap,
    io,
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use wardkey_agent_link::{Instance, Listener};
use wardkey_protocol::{
    ErrorCode, Fault,
    event::{EventData, EventName},
    limits::{CHUNK_TIMEOUT, MAX_HELD, MAX_UNASKED},
};
use wardkey_revocation::RevocationCache;

use crate::{
    clock,
    policy::{Policy, PolicyError},
    server::{self, Servers},
};
use audit::{Audit, Entry};
use callers::{Callers, Comings};
use cards::Cards;
use consent::Consents;
use dialogs::Dialogs;
use held::Held;
use outbox::Outbox;
use own::Watchers;
use port::{Owner, Port, PortId};
use results::Finished;
use session::{Session, Sessions};

/// The agent's state, shared by its threads.
pub struct Agent {
    policy: Result<Policy, PolicyError>,
    boot: String,
    audit: Audit,
    cards: Cards,
    dialogs: Dialogs,
    servers: Servers,
    revocation: RevocationCache,
    sessions: Sessions,
    outbox: Outbox,
    /// Held while something is put into the outbox.
    posting: Mutex<()>,
    /// Held while a card that was put in is looked at.
    looking: Mutex<()>,
    finished: Finished,
    held: Arc<Held>,
    /// Of calls that have not got to their documents.
    early: Arc<Held>,
    consents: Consents,
    watchers: Watchers,
    chunk_timeout: Duration,
    ports: Mutex<HashMap<PortId, Arc<Port>>>,
    callers: Arc<Callers>,
}

/// Becomes the agent of an instance, and serves until it is idle. Returns at once where the
/// instance has an agent.
///
/// # Errors
///
/// Where the instance's folder, socket or audit record cannot be used.
pub fn run(instance: &Instance) -> anyhow::Result<()> {
    Policy::admit_instance(instance)?;
    let Some(listener) = Listener::bind(instance)? else { return Ok(()) };
    crate::program::leave_session();
    start_log(instance);
    let agent = Arc::new(Agent::new(instance)?);
    agent.deliver_what_was_left();
    agent.clone().watch_readers();
    agent.watch_desktop();
    let accepting = agent.clone();
    thread::Builder::new().name("accept".to_owned()).spawn(move || accepting.accept(&listener))?;
    agent.wait_until_idle();
    Ok(())
}

/// Starts the agent in the background, as nobody's child.
///
/// # Errors
///
/// What the system says.
pub fn start() -> anyhow::Result<()> {
    let mut agent = Command::new(crate::program::this()?);
    agent.arg("agent");
    agent.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(crate::program::spawn_apart(&mut agent)?)
}

impl Agent {
    fn new(instance: &Instance) -> anyhow::Result<Self> {
        let policy = Policy::load(instance);
        if let Err(error) = &policy {
            tracing::error!("policy: {error}");
        }
        let empty = Policy::default();
        let in_force = policy.as_ref().unwrap_or(&empty);
        Ok(Self {
            boot: clock::random_name::<8>()?,
            audit: Audit::open(&instance.audit())?,
            cards: Cards::new(in_force),
            dialogs: Dialogs::new(in_force),
            servers: Servers::new(&in_force.servers),
            revocation: server::revocation_cache(instance)?,
            sessions: Sessions::default(),
            outbox: Outbox::open(instance.outbox())?,
            posting: Mutex::default(),
            looking: Mutex::default(),
            finished: Finished::default(),
            held: Held::new(MAX_HELD),
            early: Held::new(MAX_UNASKED[1]),
            consents: Consents::open(instance.consents()),
            watchers: Watchers::default(),
            chunk_timeout: CHUNK_TIMEOUT,
            ports: Mutex::default(),
            callers: Arc::default(),
            policy,
        })
    }

    /// The policy in force, or what is wrong with it.
    pub fn policy(&self) -> &Result<Policy, PolicyError> {
        &self.policy
    }

    /// Names this run of the agent.
    pub fn boot(&self) -> &str {
        &self.boot
    }

    fn open_port(&self, port: Arc<Port>) {
        self.ports().insert(port.id, port);
        self.own_changed();
    }

    fn close_port(&self, port: &Port) {
        port.cancel_all();
        self.ports().remove(&port.id);
        self.own_changed();
    }

    /// Tells every subscribed page whose origin may know of cards.
    fn tell_all(&self, event: EventName, data: &EventData) {
        self.own_changed();
        let Some(capability) = event.access().capability else { return };
        for port in self.every_port() {
            if admission::admit(self, &port).is_ok_and(|caller| caller.may(capability)) {
                port.notify(event, data.clone());
            }
        }
    }

    /// Tells the pages that have signed in to a session.
    fn tell_session(&self, session: &Session, event: EventName, data: &EventData) {
        self.own_changed();
        for port in self.every_port() {
            if port.session().as_deref() == Some(session.id()) {
                port.notify(event, data.clone());
            }
        }
    }

    /// Appends to the audit record; where that cannot be written the log says so, as the act has
    /// been done by then, and it is recorded with the next one.
    fn record(&self, entry: &Entry<'_>) {
        if let Err(error) = self.audit.append(clock::unix_seconds(), entry) {
            tracing::error!("audit: {error}");
        }
    }

    /// Appends to the audit record what may only go on then.
    ///
    /// # Errors
    ///
    /// `record_unwritable`.
    fn record_first(&self, entry: &Entry<'_>) -> Result<(), Fault> {
        let refused = ErrorCode::RecordUnwritable;
        let written = self.audit.append_first(clock::unix_seconds(), entry, refused.as_str());
        written.map_err(|error| unwritable(&error))
    }

    /// Before the user is asked for anything: whether the audit record takes what comes of it.
    ///
    /// # Errors
    ///
    /// `record_unwritable`.
    fn check_record(&self) -> Result<(), Fault> {
        self.audit.catch_up().map_err(|error| unwritable(&error))
    }

    /// The session that a page has signed in to, while it is active.
    ///
    /// # Errors
    ///
    /// `session_missing`, `session_locked` while it waits for its card, or `session_ended` after
    /// it ended.
    fn session_of(&self, port: &Port) -> Result<Arc<Session>, Fault> {
        let session = self.session_at(port)?;
        if session.is_active() { Ok(session) } else { Err(ErrorCode::SessionLocked.into()) }
    }

    /// The same, for what a caller without a session may do too. A page whose session is over may not
    /// before it signs in or out: it may not know, and take another user for its own.
    ///
    /// # Errors
    ///
    /// `session_locked` while it waits for its card, `session_ended` after it ended.
    fn session_if_any(&self, port: &Port) -> Result<Option<Arc<Session>>, Fault> {
        match self.session_of(port) {
            Err(fault) if fault.code == ErrorCode::SessionMissing => Ok(None),
            // A program was in it without asking, and may do without.
            Err(fault)
                if fault.code == ErrorCode::SessionEnded
                    && matches!(port.owner, Owner::Program(_)) =>
            {
                Ok(None)
            }
            session => session.map(Some),
        }
    }

    /// The session that a page has signed in to, active or waiting for its card; a local program is
    /// in the one that is active when it first needs one.
    ///
    /// # Errors
    ///
    /// `session_missing`, or `session_ended` after it ended.
    fn session_at(&self, port: &Port) -> Result<Arc<Session>, Fault> {
        let Some(id) = port.session() else {
            return program::join(self, port).ok_or_else(|| ErrorCode::SessionMissing.into());
        };
        self.sessions.get(&id).ok_or_else(|| ErrorCode::SessionEnded.into())
    }

    /// A snapshot, so that no lock is held while pages are told.
    fn every_port(&self) -> Vec<Arc<Port>> {
        self.ports().values().cloned().collect()
    }

    fn ports(&self) -> MutexGuard<'_, HashMap<PortId, Arc<Port>>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_until_idle(&self) {
        let idle = self.policy.as_ref().ok().and_then(|policy| policy.agent.idle_seconds);
        let limit = idle.map_or(IDLE, Duration::from_secs);
        loop {
            let since = self.callers.wait_for_none();
            if self.stays_alone(since, limit) {
                return;
            }
        }
    }

    /// Whether nobody has come since, for so long after there was nothing left to do.
    fn stays_alone(&self, comings: Comings, limit: Duration) -> bool {
        let mut since = Instant::now();
        loop {
            let is_free =
                self.sessions.is_empty() && self.outbox.is_empty() && !self.dialogs.is_any_open();
            if !is_free {
                since = Instant::now();
            }
            let left = limit.saturating_sub(since.elapsed());
            if left.is_zero() {
                return true;
            }
            // A session ends, a notice is delivered and a dialog closed, without a word to this thread.
            if self.callers.wait_for_any(comings, if is_free { left } else { left.min(IDLE_CHECK) })
            {
                return false;
            }
        }
    }
}

fn unwritable(error: &io::Error) -> Fault {
    tracing::error!("audit: {error}");
    Fault::new(ErrorCode::RecordUnwritable).with("reason", error.to_string())
}

fn start_log(instance: &Instance) {
    use tracing_subscriber::EnvFilter;
    let log = instance.log();
    if std::fs::metadata(&log).is_ok_and(|metadata| metadata.len() > MAX_LOG) {
        // One before this one is enough; where that can't be, it goes on growing.
        let _ = std::fs::rename(&log, log.with_extension("log.1"));
    }
    let Ok(file) = std::fs::File::options().create(true).append(true).open(log) else { return };
    let filter = EnvFilter::try_from_env("WARDKEY_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(file).init();
}

/// In bytes; looked at when the agent starts.
const MAX_LOG: u64 = 1 << 20;
const IDLE: Duration = Duration::from_secs(300);
const IDLE_CHECK: Duration = Duration::from_secs(60);
