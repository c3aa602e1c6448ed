use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wardkey_protocol::{
    Capability, ErrorCode, Fault, Origin,
    command::ticket::Ticket,
    session_api::{Refusal, TicketIssued, Verb},
};

use crate::{
    agent::{
        Agent, admission, audit::Entry, call::Call, fault, port::Caller, removal::Fate,
        session::Session,
    },
    server::SessionError,
};

/// This caller's ticket of its session.
pub fn run(call: &Call<'_>, caller: &Caller) -> Result<Ticket, Fault> {
    let session = call.agent.session_of(call.port)?;
    of_session(call.agent, &session, caller)
}

/// A caller's ticket of a session: the one it has, or a new one from the server.
pub fn of_session(
    agent: &Arc<Agent>,
    session: &Arc<Session>,
    caller: &Caller,
) -> Result<Ticket, Fault> {
    let relying_party =
        caller.relying_party.as_ref().ok_or_else(|| admission::not_granted(Capability::Ticket))?;
    let server = agent.servers.of(&session.server)?;
    if server.policy().legacy_ticket {
        return of_all(agent, session, caller, relying_party);
    }
    if let Some((ticket, expires_in_seconds)) = session.ticket(relying_party, Instant::now()) {
        return Ok(Ticket { ticket, expires_in_seconds });
    }
    let asked = Instant::now();
    let issued: TicketIssued = server
        .session_call(&session.credentials().prover, Verb::Ticket, Some(relying_party.as_str()))
        .map_err(|error| {
            let fate = match error {
                SessionError::Refused(Refusal::SessionEnded) => Some(Fate::Ended),
                SessionError::Refused(Refusal::SessionLocked) => Some(Fate::Locked),
                SessionError::Refused(Refusal::SessionSuspended) => Some(Fate::Suspended),
                _ => None,
            };
            if let Some(fate) = fate {
                agent.follow_server(session, fate);
            }
            fault::of_session(&error)
        })?;
    if !session.is_active() {
        return Err(ErrorCode::SessionLocked.into());
    }
    let ends = asked + Duration::from_secs(u64::from(issued.expires_in_seconds));
    session.keep_ticket(relying_party.clone(), issued.ticket.clone(), ends);
    Ok(Ticket { ticket: issued.ticket, expires_in_seconds: issued.expires_in_seconds })
}

/// The session's own ticket, which is that of all applications where policy names the server as
/// legacy. It goes to nobody before that is recorded.
fn of_all(
    agent: &Agent,
    session: &Session,
    caller: &Caller,
    relying_party: &Origin,
) -> Result<Ticket, Fault> {
    let role = session.role().ok_or(ErrorCode::RoleRequired)?;
    let ticket = session.credentials().parent.to_string();
    let now = Instant::now();
    let left = session.time_left(now);
    let had = session.ticket(relying_party, now);
    if had.is_none_or(|(had, _)| had != ticket) {
        agent.record_first(&Entry {
            action: "ticket",
            origin: caller.who.origin(),
            program: caller.who.program(),
            uid: Some(&session.uid),
            role: Some(&role.id),
            card: Some(&session.card.serial),
            exception: Some("legacy_ticket"),
            outcome: "ok",
            ..Entry::default()
        })?;
        session.keep_ticket(relying_party.clone(), ticket.clone(), now + left);
    }
    // It was locked or suspended meanwhile.
    if !session.is_active() {
        return Err(ErrorCode::SessionLocked.into());
    }
    let expires_in_seconds = u32::try_from(left.as_secs()).unwrap_or(u32::MAX);
    Ok(Ticket { ticket, expires_in_seconds })
}

#[cfg(test)]
mod tests;
