//! The lease: as long as the agent lives it tells the server so; when it stops, the server
//! suspends the session.

use std::{
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::{
    session_api::{LeaseRenewed, Refusal, Verb},
    view::{SessionCause, SessionState},
};

use super::{Agent, removal::Fate, session::Session};
use crate::server::SessionError;

/// Renews a session's lease until the session is over. Of one that waits for its card, it learns
/// whether it still does.
pub fn keep(agent: &Arc<Agent>, session: &Arc<Session>, lease: Duration) {
    let (agent, session) = (agent.clone(), Arc::downgrade(session));
    let thread = thread::Builder::new().name(THREAD.to_owned());
    if let Err(error) = thread.spawn(move || renew(&agent, &session, lease)) {
        tracing::error!("the lease lapses: {error}");
    }
}

fn renew(agent: &Arc<Agent>, session: &Weak<Session>, mut lease: Duration) {
    loop {
        thread::sleep((lease / RENEWALS_PER_LEASE).max(SHORTEST_PAUSE));
        let Some(session) = session.upgrade() else { return };
        if agent.sessions.get(session.id()).is_none() {
            return;
        }
        if session.is_over(Instant::now()) {
            return agent.end_session(&session, SessionCause::Expired);
        }
        // The server has to hear first what became of it.
        if agent.outbox.has_none_of(session.id())
            && let Some(renewed) = renew_once(agent, &session)
        {
            lease = renewed;
        }
    }
}

/// Asks the server once; the lease that it gave.
fn renew_once(agent: &Arc<Agent>, session: &Arc<Session>) -> Option<Duration> {
    let server = agent.servers.get(&session.server)?;
    // A login that changes the session waits until the answer was understood.
    let credentials = session.credentials();
    let answer = server.session_call::<LeaseRenewed>(&credentials.prover, Verb::Lease, None);
    let fate = match answer {
        Ok(renewed) => match renewed.state {
            SessionState::Active => {
                return Some(Duration::from_secs(u64::from(renewed.lease_seconds)));
            }
            SessionState::Locked => Fate::Locked,
            SessionState::Suspended => Fate::Suspended,
            _ => Fate::Ended,
        },
        Err(SessionError::Refused(Refusal::SessionEnded | Refusal::ProofInvalid)) => Fate::Ended,
        Err(SessionError::Refused(Refusal::SessionLocked)) => Fate::Locked,
        // The lease lapsed: the computer slept, or the server was away for too long.
        Err(SessionError::Refused(Refusal::SessionSuspended)) => Fate::Suspended,
        // The server is away, or will say more at the next renewal.
        Err(error) => {
            tracing::warn!("lease: {error}");
            return None;
        }
    };
    if fate == Fate::Ended || session.is_active() {
        agent.follow_server(session, fate);
    }
    None
}

/// Its name, for whoever looks at the agent's threads.
const THREAD: &str = "lease";
const RENEWALS_PER_LEASE: u32 = 3;
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
