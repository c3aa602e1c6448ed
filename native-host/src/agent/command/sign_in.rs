use std::{sync::Arc, time::Instant};

use wardkey_protocol::{
    Capability, ErrorCode, Fault,
    command::sign_in::{Args, SignedIn},
    event::{EventData, EventName},
    view::SessionState,
};

use super::ticket;
use crate::agent::{
    audit::Entry,
    call::Call,
    consent,
    dialogs::Act,
    login::{self, Errand, Occasion},
    port::Caller,
    session::Session,
};

/// Signs in: silently where a session is active, else by card and passcode.
pub fn run(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<SignedIn, Fault> {
    let now = Instant::now();
    let active = call.agent.sessions.at(&caller.server).filter(|session| !session.is_over(now));
    let session = match active {
        Some(session) if !args.fresh && session.role().is_some() => {
            consent::settle(call, caller, &session.uid, consent::TO_SIGN_IN)?;
            record(call, caller, &session);
            session
        }
        _ => {
            let role = args.role.as_deref();
            let errand = Errand::SignIn { act: Act::SignIn, role, fresh: args.fresh, card: None };
            login::by_card(&Occasion::of(call, caller), errand)?
        }
    };
    enter(call, &call.agent.as_user_lets(caller, &session.uid), &session)
}

/// The page is in the session from now on, and gets its own ticket.
fn enter(call: &Call<'_>, caller: &Caller, session: &Arc<Session>) -> Result<SignedIn, Fault> {
    let ticket = match caller.may(Capability::Ticket) {
        true => {
            let got = ticket::of_session(call.agent, session, caller);
            Some(got.map_err(|fault| without_card(call, session, fault))?.ticket)
        }
        false => None,
    };
    call.port.enter_session(session.id());
    let view = session.view(caller, Instant::now());
    let data = EventData {
        state: Some(SessionState::Active),
        session: Some(view.clone()),
        ..EventData::default()
    };
    call.port.notify(EventName::SessionStarted, data);
    call.agent.own_changed();
    Ok(SignedIn { session: view, ticket })
}

/// Who pulled the card at that very moment hears so, and not of the end of a session that they have
/// not heard of.
fn without_card(call: &Call<'_>, session: &Session, fault: Fault) -> Fault {
    match fault.code {
        ErrorCode::SessionEnded if !call.agent.cards.may_be_in(&session.reader()) => {
            ErrorCode::CardRemoved.into()
        }
        _ => fault,
    }
}

/// What a page asked for the user clicked for; a program that is let in silently is recorded.
fn record(call: &Call<'_>, caller: &Caller, session: &Session) {
    let Some(program) = caller.who.program() else { return };
    if call.port.session().as_deref() == Some(session.id()) {
        return;
    }
    call.agent.record(&Entry {
        action: "enter_session",
        program: Some(program),
        uid: Some(&session.uid),
        card: Some(&session.card.serial),
        outcome: "ok",
        ..Entry::default()
    });
}

#[cfg(test)]
mod tests;
