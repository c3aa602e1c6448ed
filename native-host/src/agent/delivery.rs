//! What becomes of a session is told to its server until it has heard, over its outages and the
//! agent's own end.

use std::{
    sync::{Arc, PoisonError},
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::{
    session_api::{StateChanged, Verb},
    view::SessionState,
};

use super::{
    Agent,
    outbox::{Notice, Posted},
    removal::Fate,
    session::Session,
};
use crate::{clock, server::SessionError};

impl Agent {
    /// Records what became of a session and tells its server, in the background.
    pub(super) fn tell_server(self: &Arc<Self>, session: &Arc<Session>, fate: Fate) {
        let (agent, told) = (self.clone(), session.clone());
        let thread = thread::Builder::new().spawn(move || agent.tell_server_now(&told, fate));
        if let Err(error) = thread {
            tracing::error!("a server is told while others wait: {error}");
            self.tell_server_now(session, fate);
        }
    }

    fn tell_server_now(self: &Arc<Self>, session: &Arc<Session>, fate: Fate) {
        let left = session.time_left(Instant::now());
        let posted = self.post(session, fate, left);
        self.record_fate(session, fate);
        if let Some(posted) = posted
            && self.deliver(&posted, left)
        {
            session.credentials().prover.heard();
        }
    }

    /// Delivers what an agent before this one could not.
    pub(super) fn deliver_what_was_left(self: &Arc<Self>) {
        let now = clock::unix_seconds();
        for posted in self.outbox.left(now) {
            let agent = self.clone();
            let left = Duration::from_secs(posted.notice.expires.saturating_sub(now));
            // What is not delivered now is kept for the agent after this one.
            if let Err(error) = thread::Builder::new().spawn(move || agent.deliver(&posted, left)) {
                tracing::error!("a notice stays undelivered: {error}");
            }
        }
    }

    /// One at a time, and by what is true by then: of two fates in quick succession the second one
    /// is told last.
    fn post(&self, session: &Session, fate: Fate, left: Duration) -> Option<Posted> {
        let _turn = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        // Held until it is kept, so that no resume comes between.
        let credentials = session.credentials();
        let verb = match session.standing() {
            _ if fate == Fate::Ended => Verb::End,
            _ if self.sessions.get(session.id()).is_none() => return None,
            SessionState::Locked => Verb::Lock,
            SessionState::Suspended => Verb::Suspend,
            _ => return None,
        };
        let proof = credentials.prover.last_word(&session.server, verb);
        let proof = proof.map_err(|fault| tracing::error!("no proof: {fault}")).ok()?;
        let server = session.server.clone();
        let expires = clock::unix_seconds().saturating_add(left.as_secs());
        Some(self.outbox.put(session.id(), Notice { server, verb, proof, expires }))
    }

    /// `true` once the server has answered; `false` where there is newer to tell, or nobody to.
    fn deliver(&self, posted: &Posted, left: Duration) -> bool {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        while self.outbox.is_newest(posted) {
            let Some(server) = self.servers.get(&posted.notice.server) else { break };
            match server.hand_in::<StateChanged>(&posted.notice.proof) {
                Ok(_) => return self.outbox.remove(posted),
                // It has ended there, or is known no more.
                Err(SessionError::Refused(refusal)) => {
                    tracing::info!("{:?}: {refusal:?}", posted.notice.verb);
                    return self.outbox.remove(posted);
                }
                Err(error) => tracing::warn!("{:?}: {error}", posted.notice.verb),
            }
            if begun.elapsed() + pause >= left {
                break;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.outbox.remove(posted);
        false
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
