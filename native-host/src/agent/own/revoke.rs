use std::{collections::HashSet, sync::Arc};

use wardkey_protocol::{
    Capability, ErrorCode, Fault, Origin,
    event::{EventData, EventName},
    own::revoke::{Args, Revoked},
    view::{SessionCause, SessionState},
};

use crate::agent::{
    Agent, admission,
    audit::Entry,
    consent::Consent,
    port::{Owner, Port},
};

/// Takes back what users let a site do, from its pages too.
pub fn run(agent: &Arc<Agent>, args: &Args) -> Result<Revoked, Fault> {
    let invalid = || Fault::new(ErrorCode::ArgumentInvalid).with("reason", "origin");
    let origin = Origin::parse(&args.origin).map_err(|_| invalid())?;
    let (taken, written) = agent.consents.take_back(&origin, args.capability);
    record(agent, &origin, &taken);
    leave_sessions(agent, &origin);
    agent.own_changed();
    written.map_err(|error| {
        tracing::error!("consents: {error}");
        Fault::new(ErrorCode::RecordUnwritable).with("reason", error.to_string())
    })?;
    Ok(Revoked { revoked: u32::try_from(taken.len()).unwrap_or(u32::MAX) })
}

/// A line for each user whose consent it was.
fn record(agent: &Agent, origin: &Origin, taken: &[Consent]) {
    let users: HashSet<&str> = taken.iter().map(|consent| consent.uid.as_str()).collect();
    for uid in users {
        let of_user = taken.iter().filter(|consent| consent.uid == uid);
        agent.record(&Entry {
            action: "revoke",
            origin: Some(origin.as_str()),
            uid: Some(uid),
            capabilities: of_user.map(|consent| consent.capability).collect(),
            outcome: "ok",
            ..Entry::default()
        });
    }
}

/// Pages of a site that may not sign in any more are in no session, and one that may have no ticket
/// gets no more of them.
fn leave_sessions(agent: &Agent, origin: &Origin) {
    let is_of = |port: &&Arc<Port>| match &port.owner {
        Owner::Page(context) => context.origin == origin.as_str(),
        Owner::Program(_) => false,
    };
    for port in agent.every_port().iter().filter(is_of) {
        let Some(session) = port.session().and_then(|id| agent.sessions.get(&id)) else { continue };
        let caller = admission::admit(agent, port);
        let may = |capability| caller.as_ref().is_ok_and(|caller| caller.may(capability));
        if !may(Capability::Ticket) {
            session.forget_ticket(origin);
        }
        if !may(Capability::SignIn) {
            let (cause, state) = (Some(SessionCause::SignedOut), Some(SessionState::Ended));
            let data = EventData { cause, state, ..EventData::default() };
            port.notify(EventName::SessionEnded, data);
            port.leave_session();
        }
    }
}
