//! Sessions as the agent holds them. The server alone decides their state.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use wardkey_protocol::{
    Capability, Origin,
    view::{RoleView, SessionState, SessionView, UserView},
};
use zeroize::Zeroizing;

use super::port::Caller;
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
    credentials: RwLock<Credentials>,
    ends: Instant,
    state: Mutex<State>,
}

/// Which card opened a session.
#[derive(Clone, Debug)]
pub struct CardOfSession {
    /// The reader.
    pub reader: String,
    /// The token's serial.
    pub serial: String,
}

/// What a session is proven with at its server. Another login of its card gives others.
pub struct Credentials {
    /// The session's own key and the number of its last proof.
    pub prover: SessionProver,
    /// Where the Spine's logout goes.
    pub logout_url: String,
    /// The session's own ticket; it never leaves the agent.
    pub parent: Zeroizing<String>,
}

#[derive(Default)]
struct State {
    role: Option<String>,
    tickets: HashMap<Origin, (Zeroizing<String>, Instant)>,
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
        Self {
            id,
            server: opened.server,
            card: opened.card,
            uid: opened.uid,
            name: opened.name,
            roles: opened.roles,
            lease_seconds: opened.lease_seconds,
            credentials: RwLock::new(opened.credentials),
            ends: now + opened.lifetime,
            state: Mutex::default(),
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

    /// Whether its time is up.
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.ends
    }

    /// What a caller may see of it.
    pub fn view(&self, caller: &Caller, now: Instant) -> SessionView {
        SessionView {
            id: self.id.clone(),
            state: SessionState::Active,
            server: self.server.clone(),
            expires_in_seconds: whole_seconds(self.ends.saturating_duration_since(now)),
            user: caller.may(Capability::UserDetails).then(|| self.user()),
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

/// Every session; at most one for each server.
#[derive(Default)]
pub struct Sessions(Mutex<Vec<Arc<Session>>>);

impl Sessions {
    /// The session at a server.
    pub fn at(&self, server: &str) -> Option<Arc<Session>> {
        self.all().iter().find(|session| session.server == server).cloned()
    }

    /// The session of a name.
    pub fn get(&self, id: &str) -> Option<Arc<Session>> {
        self.all().iter().find(|session| session.id == id).cloned()
    }

    /// Adds a session; the one it takes the place of is handed back, to be ended.
    pub fn put(&self, session: Arc<Session>) -> Option<Arc<Session>> {
        let mut all = self.all();
        let old = all.iter().position(|other| other.server == session.server);
        let old = old.map(|index| all.swap_remove(index));
        all.push(session);
        old
    }

    /// Takes a session out; `false` where it was out already.
    pub fn remove(&self, id: &str) -> bool {
        let mut all = self.all();
        let before = all.len();
        all.retain(|session| session.id != id);
        all.len() < before
    }

    /// The sessions that a reader's card opened.
    pub fn of_reader(&self, reader: &str) -> Vec<Arc<Session>> {
        self.all().iter().filter(|session| session.card.reader == reader).cloned().collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole_seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}
