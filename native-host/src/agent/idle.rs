//! Sessions that a key elsewhere opened: no card is taken out when their user goes, so that they
//! lock once nobody has used them for a while.

use std::{
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::view::SessionCause;

use super::{Agent, port::Port, removal::Fate, session::Session};

impl Agent {
    /// The user clicked or typed in a page just now: the page's session is in use.
    pub(super) fn is_used(&self, port: &Port) {
        let session = port.session().and_then(|id| self.sessions.get(&id));
        if let Some(session) = session {
            session.is_used(Instant::now());
        }
    }

    /// Locks a session whenever nobody has used it for as long as policy says, until it is over.
    pub(super) fn watch_idle(self: &Arc<Self>, session: &Arc<Session>) {
        let holder = session.card.holder.as_ref();
        let Some(limit) = holder.and_then(|holder| self.cards.services.idle(holder)) else {
            return;
        };
        let (agent, session) = (self.clone(), Arc::downgrade(session));
        if let Err(error) = thread::Builder::new().spawn(move || watch(&agent, &session, limit)) {
            tracing::error!("a session that nobody uses does not lock: {error}");
        }
    }
}

fn watch(agent: &Arc<Agent>, session: &Weak<Session>, limit: Duration) {
    loop {
        let Some(session) = session.upgrade() else { return };
        if agent.sessions.get(session.id()).is_none() {
            return;
        }
        let left = match session.is_active() {
            true => limit.saturating_sub(session.unused(Instant::now())),
            // It may come back at any time.
            false => limit,
        };
        if left.is_zero() {
            agent.dispose(vec![(session.clone(), Fate::Locked)], SessionCause::Idle);
        }
        drop(session);
        thread::sleep(left.clamp(SHORTEST, LONGEST));
    }
}

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
