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

use super::{Agent, session::Session};
use crate::server::SessionError;

/// Renews a session's lease until the session is over.
pub fn keep(agent: &Arc<Agent>, session: &Arc<Session>, lease: Duration) {
    let (agent, session) = (agent.clone(), Arc::downgrade(session));
    thread::spawn(move || renew(&agent, &session, lease));
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
        let Some(server) = agent.servers.get(&session.server) else { return };
        let answer =
            server.session_call::<LeaseRenewed>(&session.credentials().prover, Verb::Lease, None);
        match answer {
            Ok(renewed) if renewed.state == SessionState::Active => {
                lease = Duration::from_secs(u64::from(renewed.lease_seconds));
            }
            Ok(_) => {
                agent.drop_session(&session, SessionCause::Server);
                return;
            }
            Err(SessionError::Refused(Refusal::SessionEnded | Refusal::ProofInvalid)) => {
                agent.drop_session(&session, SessionCause::Server);
                return;
            }
            // The server is away, or will say more at the next renewal.
            Err(error) => tracing::warn!("lease: {error}"),
        }
    }
}

const RENEWALS_PER_LEASE: u32 = 3;
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
