use std::{sync::Arc, time::Instant};

use wardkey_protocol::{
    ErrorCode, Fault,
    authorize_api::AuthorizeRequestClaims,
    command::authorize::{Args, Authorized},
};

use crate::{
    agent::{
        audit::Entry,
        call::Call,
        dialogs::Act,
        login::{self, Errand, Occasion},
        port::Caller,
        session::Session,
    },
    clock,
};

/// A proof for one transaction of the server's own `/authorize`: silently while a session is
/// active, else after the dialog that the server's request asks for.
pub fn run(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<Authorized, Fault> {
    let server = call.agent.servers.of(&caller.server)?;
    let request = server.read_request(&args.request, clock::unix_seconds(), Instant::now());
    let outcome = match &request {
        Ok(request) => prove(call, caller, request),
        Err(fault) => Err(fault.clone()),
    };
    record(call, caller, request.as_ref().ok(), outcome.as_ref().map(|(session, _)| &**session));
    outcome.map(|(_, proof)| Authorized { proof })
}

fn prove(
    call: &Call<'_>,
    caller: &Caller,
    request: &AuthorizeRequestClaims,
) -> Result<(Arc<Session>, String), Fault> {
    let session = session_for(call, caller, request)?;
    // It may have ended while the user chose.
    if call.agent.sessions.get(session.id()).is_none() {
        return Err(ErrorCode::SessionEnded.into());
    }
    if !session.is_active() {
        return Err(ErrorCode::SessionLocked.into());
    }
    let proof = session.credentials().prover.authorize(request)?;
    Ok((session, proof))
}

/// The session that the request is answered for, with all done that it asks of the user.
fn session_for(
    call: &Call<'_>,
    caller: &Caller,
    request: &AuthorizeRequestClaims,
) -> Result<Arc<Session>, Fault> {
    let now = Instant::now();
    let active = call.agent.sessions.at(&caller.server).filter(|session| !session.is_over(now));
    let active = active.filter(|session| session.role().is_some());
    let act = |again| Act::Authorize { relying_party: request.client_name.clone(), again };
    let Some(session) = active else {
        // Whoever has several roles chooses one as they sign in.
        let errand = Errand::SignIn { act: act(false), role: None, fresh: false, card: None };
        return by_card(call, caller, errand);
    };
    // Without another role there is nothing to choose.
    let select_role = request.select_role && session.roles.len() > 1;
    if request.reauthenticate {
        let errand = Errand::Again { act: act(true), session: &session, select_role };
        return by_card(call, caller, errand);
    }
    if select_role {
        need_gesture(call)?;
        let agent = call.agent;
        let server = agent.servers.of(&caller.server)?;
        let mut dialog = agent.dialogs.begin(call, caller, act(true), &server.policy().name)?;
        login::change_role(&mut dialog, agent, server, &session)?;
    }
    Ok(session)
}

fn by_card(call: &Call<'_>, caller: &Caller, errand: Errand<'_>) -> Result<Arc<Session>, Fault> {
    need_gesture(call)?;
    login::by_card(&Occasion::of(call, caller), errand)
}

/// A silent proof needs none; a dialog does.
fn need_gesture(call: &Call<'_>) -> Result<(), Fault> {
    if call.activation { Ok(()) } else { Err(ErrorCode::GestureRequired.into()) }
}

fn record(
    call: &Call<'_>,
    caller: &Caller,
    request: Option<&AuthorizeRequestClaims>,
    outcome: Result<&Session, &Fault>,
) {
    let session = outcome.ok();
    let role = session.and_then(Session::role);
    let outcome = match outcome {
        Ok(_) => "ok",
        // The page asks again, with a gesture.
        Err(fault) if fault.code == ErrorCode::GestureRequired => return,
        Err(fault) => fault.code.as_str(),
    };
    call.agent.record(&Entry {
        action: "authorize",
        origin: caller.who.origin(),
        program: caller.who.program(),
        client: request.map(|request| request.client_id.as_str()),
        uid: session.map(|session| session.uid.as_str()),
        role: role.as_ref().map(|role| role.id.as_str()),
        card: session.map(|session| session.card.serial.as_str()),
        outcome,
        ..Entry::default()
    });
}

#[cfg(test)]
mod tests;
