//! Sessions as the agent holds them. The server alone decides their state; what the agent has
//! taken from one here it does not give back before the server has agreed.
//!
//! Time is the monotonic clock's throughout: setting the computer's clock ends no session and
//! brings none back.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use wardkey_protocol::{
    Capability, Origin,
    view::{RoleView, SessionState, SessionView, UserView},
};
use zeroize::Zeroizing;

use super::{port::Caller, remote::RemoteHolder};
use crate::server::SessionProver;

/// One session at one identity server.
pub struct Session {
    id: String,
    /// The server's address.
    pub server: String,
    /// The card it was opened with.
    pub card: CardOfSession,
    /// The directory's user id.
    pub uid: String,
    /// The user's name.
    pub name: String,
    /// Every role of the user.
    pub roles: Vec<RoleView>,
    /// Seconds of the first lease.
    pub lease_seconds: u32,
    /// How long it lasts at the most, from its start.
    pub lifetime: Duration,
    credentials: RwLock<Credentials>,
    ends: Instant,
    state: Mutex<State>,
    removals: AtomicU64,
}

/// Which card opened a session.
#[derive(Clone, Debug)]
pub struct CardOfSession {
    /// The reader that it was in at the time.
    pub reader: String,
    /// The token's serial.
    pub serial: String,
    /// The SHA-256 of its login certificate, which alone can resume.
    pub certificate: [u8; 32],
    /// Of one whose key a service keeps: whose, and where.
    pub holder: Option<RemoteHolder>,
}

/// Names one time that a session's card was out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence(u64);

/// What a session is proven with at its server. Another login of its card gives others.
pub struct Credentials {
    /// The session's own key and the number of its last proof.
    pub prover: SessionProver,
    /// The session's own ticket; it never leaves the agent.
    pub parent: Zeroizing<String>,
}

struct State {
    standing: SessionState,
    /// Where its card is, or was last.
    reader: String,
    /// Since the card is out: which absence, and when it counts.
    absent: Option<(Absence, Instant)>,
    role: Option<String>,
    tickets: HashMap<Origin, (Zeroizing<String>, Instant)>,
    /// When the user was last at one of its pages.
    used: Instant,
}

/// What makes a session.
pub struct Opened {
    /// The server's address.
    pub server: String,
    /// The card.
    pub card: CardOfSession,
    /// The user id.
    pub uid: String,
    /// The user's name.
    pub name: String,
    /// Every role.
    pub roles: Vec<RoleView>,
    /// What it is proven with.
    pub credentials: Credentials,
    /// How long it lasts at the most.
    pub lifetime: Duration,
    /// Seconds of the first lease.
    pub lease_seconds: u32,
}

impl Session {
    /// A session that the server has just opened; `id` is its name towards pages.
    pub fn new(id: String, opened: Opened, now: Instant) -> Self {
        let state = State {
            standing: SessionState::Active,
            reader: opened.card.reader.clone(),
            absent: None,
            role: None,
            tickets: HashMap::new(),
            used: now,
        };
        Self {
            id,
            server: opened.server,
            card: opened.card,
            uid: opened.uid,
            name: opened.name,
            roles: opened.roles,
            lease_seconds: opened.lease_seconds,
            lifetime: opened.lifetime,
            credentials: RwLock::new(opened.credentials),
            ends: now + opened.lifetime,
            state: Mutex::new(state),
            removals: AtomicU64::new(0),
        }
    }

    /// Its name towards pages; not a credential.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is proven with, to be held until the server has answered, so that the server knows
    /// it still.
    pub fn credentials(&self) -> RwLockReadGuard<'_, Credentials> {
        self.credentials.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, to be replaced by what a login gives; nothing else is asked for the session
    /// meanwhile.
    pub fn credentials_to_replace(&self) -> RwLockWriteGuard<'_, Credentials> {
        self.credentials.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it stands.
    pub fn standing(&self) -> SessionState {
        self.state().standing
    }

    /// Whether anything of it works.
    pub fn is_active(&self) -> bool {
        self.standing() == SessionState::Active
    }

    /// Takes it from its pages until its card and passcode are back: it is `Locked` or
    /// `Suspended` from now on, and its tickets are forgotten. `false` where it was so already.
    pub fn hold(&self, standing: SessionState) -> bool {
        let mut state = self.state();
        let held = matches!(
            (state.standing, standing),
            (SessionState::Active, _) | (SessionState::Locked, SessionState::Suspended)
        );
        if held {
            state.standing = standing;
            state.absent = None;
            state.tickets.clear();
        }
        held
    }

    /// The server has let it go on, its card in this reader.
    pub fn resume(&self, reader: &str) {
        let mut state = self.state();
        state.standing = SessionState::Active;
        reader.clone_into(&mut state.reader);
        state.absent = None;
        state.used = Instant::now();
        // The server made new tickets necessary.
        state.tickets.clear();
    }

    /// Where its card is, or was last.
    pub fn reader(&self) -> String {
        self.state().reader.clone()
    }

    /// Its card was taken out; that counts once `grace` is over.
    pub fn card_left(&self, now: Instant, grace: Duration) -> Absence {
        let absence = Absence(self.removals.fetch_add(1, Ordering::AcqRel));
        self.state().absent = Some((absence, now + grace));
        absence
    }

    /// Its card is in this reader. `true` where it was out, and that did not count yet.
    pub fn card_is_in(&self, reader: &str) -> bool {
        let mut state = self.state();
        reader.clone_into(&mut state.reader);
        state.absent.take().is_some()
    }

    /// Whether the card has been out since then, and long enough to count.
    pub fn is_overdue(&self, absence: Absence, now: Instant) -> bool {
        self.state().absent.is_some_and(|(last, due)| last == absence && now >= due)
    }

    /// The user is at one of its pages.
    pub fn is_used(&self, now: Instant) {
        self.state().used = now;
    }

    /// For how long nobody was.
    pub fn unused(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.state().used)
    }

    /// The role chosen.
    pub fn role(&self) -> Option<RoleView> {
        let chosen = self.state().role.clone()?;
        self.roles.iter().find(|role| role.id == chosen).cloned()
    }

    /// Another role; the tickets made under the old one are forgotten.
    pub fn set_role(&self, role: &str) {
        let mut state = self.state();
        state.role = Some(role.to_owned());
        state.tickets.clear();
    }

    /// The ticket of a relying party and the seconds it has left; `None` where there is none yet.
    pub fn ticket(&self, origin: &Origin, now: Instant) -> Option<(String, u32)> {
        let state = self.state();
        let (ticket, ends) = state.tickets.get(origin)?;
        let left = whole_seconds(ends.checked_duration_since(now)?);
        (left > 0).then(|| (ticket.to_string(), left))
    }

    /// Keeps the ticket of a relying party.
    pub fn keep_ticket(&self, origin: Origin, ticket: String, ends: Instant) {
        self.state().tickets.insert(origin, (Zeroizing::new(ticket), ends));
    }

    /// Forgets the ticket of a relying party.
    pub fn forget_ticket(&self, origin: &Origin) {
        self.state().tickets.remove(origin);
    }

    /// Whether its time is up.
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.ends
    }

    /// The time that it has left at the most.
    pub fn time_left(&self, now: Instant) -> Duration {
        self.ends.saturating_duration_since(now)
    }

    /// What a caller may see of it; of one that waits for its card, not whose it is.
    pub fn view(&self, caller: &Caller, now: Instant) -> SessionView {
        let state = self.standing();
        let shown = state == SessionState::Active && caller.may(Capability::UserDetails);
        SessionView {
            id: self.id.clone(),
            state,
            server: self.server.clone(),
            expires_in_seconds: whole_seconds(self.time_left(now)),
            user: shown.then(|| self.user()),
        }
    }

    /// The user.
    pub fn user(&self) -> UserView {
        UserView {
            uid: self.uid.clone(),
            name: self.name.clone(),
            role: self.role(),
            roles: self.roles.clone(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every session; at most one for each server is active, the others wait for their cards.
#[derive(Default)]
pub struct Sessions(Mutex<Vec<Arc<Session>>>);

impl Sessions {
    /// The active session at a server.
    pub fn at(&self, server: &str) -> Option<Arc<Session>> {
        // The newest first: the one that it takes the place of is put aside only after it came.
        let all = self.all();
        let mut newest = all.iter().rev();
        newest.find(|session| session.server == server && session.is_active()).cloned()
    }

    /// The session at a server that waits for the card of this certificate.
    pub fn waiting(&self, server: &str, certificate: &[u8; 32]) -> Option<Arc<Session>> {
        let waits = |session: &&Arc<Session>| {
            session.server == server
                && !session.is_active()
                && session.card.certificate == *certificate
        };
        self.all().iter().rev().find(waits).cloned()
    }

    /// The session of a name.
    pub fn get(&self, id: &str) -> Option<Arc<Session>> {
        self.all().iter().find(|session| session.id == id).cloned()
    }

    /// Adds a session, or one that is active again; what it takes the place of is handed back: the
    /// session that was active, and those of the same certificate.
    pub fn put(&self, session: &Arc<Session>) -> Vec<Arc<Session>> {
        let mut all = self.all();
        all.retain(|other| !Arc::ptr_eq(other, session));
        let displaced = all.iter().filter(|other| {
            other.server == session.server
                && (other.is_active() || other.card.certificate == session.card.certificate)
        });
        let displaced = displaced.cloned().collect();
        all.push(session.clone());
        displaced
    }

    /// Every session.
    pub fn every(&self) -> Vec<Arc<Session>> {
        self.all().clone()
    }

    /// Takes a session out; `false` where it was out already.
    pub fn remove(&self, id: &str) -> bool {
        let mut all = self.all();
        let before = all.len();
        all.retain(|session| session.id != id);
        all.len() < before
    }

    /// The active sessions of the card that is, or was, in a reader.
    pub fn of_reader(&self, reader: &str) -> Vec<Arc<Session>> {
        let all = self.all();
        let of_it = all.iter().filter(|session| session.is_active() && session.reader() == reader);
        of_it.cloned().collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn whole_seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
