//! Card login: passcode, card, server. It opens a session, or proves once more who is in one.

mod enter;
mod errand;
mod role;
mod timing;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wardkey_protocol::{ErrorCode, Fault, view::SessionCause};
use wardkey_signatures::login::{self, LoginRequest};

use super::{
    Agent,
    audit::Entry,
    certificate::{Chosen, Purpose},
    consent,
    dialogs::{Conversation, Proposal},
    lease,
    port::Who,
    removal::Fate,
    session::Session,
};
use crate::{
    clock,
    server::{Activation, ServerClient, SessionProver},
};
use enter::{Answered, Done, enter};
pub use errand::{Errand, Occasion};
pub use role::change as change_role;
use timing::Timing;

/// Has the user log in with the card. The session is a new one, also where another card than its
/// own came for a session that was to go on; the one that it takes the place of ends, or waits for
/// its own card.
///
/// # Errors
///
/// The dialog's, the card's or the server's.
pub fn by_card(occasion: &Occasion<'_>, errand: Errand<'_>) -> Result<Arc<Session>, Fault> {
    let agent = occasion.agent;
    // A card that is put in, and `authorize`, come here as well.
    agent.check_record()?;
    let server = agent.servers.of(occasion.server)?;
    let Occasion { interrupt, who, within, .. } = *occasion;
    let name = &server.policy().name;
    let mut dialog = agent.dialogs.begin_for(interrupt, who, within, errand.act(), name)?;
    let timing = Timing::default();
    let log_in = |dialog: &mut Conversation<'_>, mut chosen: Chosen| {
        chosen.check_key(Purpose::Login, server.policy())?;
        chosen.check_login()?;
        dialog.watch_card(agent, &mut chosen)?;
        let asked = match occasion.asks {
            Some(caller) => {
                let wanted = consent::TO_SIGN_IN;
                Some(consent::in_dialog(agent, dialog, caller, &chosen.uid(), wanted)?.1)
            }
            None => None,
        };
        if !agent.cards.may_be_in(&chosen.card.token.reader) {
            return Err(ErrorCode::CardRemoved.into());
        }
        // Before the passcode, so that nobody types it for a server that is not there.
        let activation = timing.server(|| server.activate())?;
        let answered = transact(dialog, agent, server, &chosen, activation, &timing)?;
        let entered = enter(dialog, agent, server, &errand, &chosen, answered, &timing)?;
        if let Some(asked) = asked {
            asked.keep(agent);
        }
        Ok((entered, chosen))
    };
    let outcome = match errand.card() {
        Some(card) => log_in(&mut dialog, card),
        None => agent.with_card(&mut dialog, Purpose::Login, errand.session(), log_in),
    };
    let ((session, done), chosen) = match outcome {
        Ok(done) => done,
        Err(fault) => {
            record(occasion, errand.action(), None, None, fault.code.as_str());
            return Err(fault);
        }
    };
    // A card pulled before now has ended nothing, as there was no session to end.
    dialog.check().inspect_err(|fault| {
        record(occasion, errand.action(), None, Some(&chosen), fault.code.as_str());
        undo(agent, &session, done);
    })?;
    if done != Done::GoesOn {
        for other in agent.sessions.put(&session) {
            agent.displace(&other, &session);
        }
    }
    match done {
        // It has its place already, and its lease is kept.
        Done::GoesOn => {}
        Done::Opened => {
            lease::keep(agent, &session, Duration::from_secs(u64::from(session.lease_seconds)));
            agent.watch_idle(&session);
        }
        Done::Resumed => agent.tell_resumed(&session),
    }
    agent.own_changed();
    timing.log(&dialog);
    let action = if done == Done::Resumed { "resume" } else { errand.action() };
    record(occasion, action, Some(&session), Some(&chosen), "ok");
    // Only now could a pulled card have been missed by both dialog and session.
    dialog.check().inspect_err(|_| undo(agent, &session, done))?;
    Ok(session)
}

/// The card was gone before the session was there.
fn undo(agent: &Arc<Agent>, session: &Arc<Session>, done: Done) {
    let removed = SessionCause::CardRemoved;
    match done {
        Done::GoesOn => {}
        Done::Opened if agent.sessions.get(session.id()).is_none() => {
            agent.tell_server(session, Fate::Ended);
        }
        Done::Opened => agent.end_session(session, removed),
        Done::Resumed => agent.dispose(vec![(session.clone(), Fate::Locked)], removed),
    }
}

/// Passcode, card, server; again for as long as the passcode is wrong.
fn transact(
    dialog: &mut Conversation<'_>,
    agent: &Arc<Agent>,
    server: &ServerClient,
    chosen: &Chosen,
    mut activation: Activation,
    timing: &Timing,
) -> Result<Answered, Fault> {
    let mut begun = Instant::now();
    let prover = SessionProver::generate()?;
    let session_key = prover.spki()?;
    let interrupt = dialog.interrupt();
    let response = dialog.with_passcode(agent, chosen, &Proposal::default(), |consent, _| {
        if begun.elapsed() > CHALLENGE_KEPT {
            activation = server.activate()?;
            begun = Instant::now();
        }
        let challenge = activation.challenge();
        let prepared = login::prepare(LoginRequest {
            challenge,
            server: &server.policy().url,
            transaction: activation.transaction(),
            session_key_spki: &session_key,
            certificate_der: &chosen.held.der,
            signing_time: clock::unix_seconds(),
        })
        .map_err(|_| Fault::new(ErrorCode::Internal))?;
        let signature = timing.card(|| {
            agent.sign_one(chosen, prepared.to_be_signed(), &consent.passcode, &interrupt)
        })?;
        prepared.assemble(&signature).map_err(|_| ErrorCode::Internal.into())
    })?;
    Ok(Answered { activation, prover, uid: chosen.uid(), response })
}

fn record(
    occasion: &Occasion<'_>,
    action: &str,
    session: Option<&Session>,
    chosen: Option<&Chosen>,
    outcome: &str,
) {
    let role = session.and_then(Session::role);
    let certificate = chosen.map(|chosen| chosen.certificate.sha256_hex());
    occasion.agent.record(&Entry {
        action,
        origin: occasion.who.and_then(Who::origin),
        program: occasion.who.and_then(Who::program),
        uid: session.map(|session| session.uid.as_str()),
        role: role.as_ref().map(|role| role.id.as_str()),
        card: chosen.map(|chosen| chosen.card.token.serial.as_str()),
        certificate: certificate.as_deref(),
        exception: chosen.and_then(Chosen::exception),
        outcome,
        ..Entry::default()
    });
}

/// A challenge lasts two minutes at the server; one that was begun longer ago is begun anew.
const CHALLENGE_KEPT: Duration = Duration::from_secs(90);
