use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wardkey_protocol::{
    Capability, ErrorCode, Fault,
    command::ticket::Ticket,
    session_api::{Refusal, TicketIssued, Verb},
};

use crate::{
    agent::{Agent, admission, call::Call, fault, port::Caller, removal::Fate, session::Session},
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
    if let Some((ticket, expires_in_seconds)) = session.ticket(relying_party, Instant::now()) {
        return Ok(Ticket { ticket, expires_in_seconds });
    }
    let server = agent.servers.of(&session.server)?;
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
