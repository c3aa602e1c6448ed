use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};
use wardkey_protocol::{
    Capability, ErrorCode, Fault,
    command::sign_in::{Args, SignedIn},
    event::{EventData, EventName},
    view::{RoleView, SessionCause, SessionState},
};
use wardkey_signatures::login::{self, LoginRequest};
use zeroize::Zeroizing;

use super::ticket;
use crate::{
    agent::{
        Agent,
        audit::Entry,
        call::Call,
        certificate::{Chosen, Purpose},
        dialogs::{Act, Conversation},
        lease,
        port::Caller,
        session::{CardOfSession, Opened, Session},
    },
    clock,
    server::{Activation, Login, ServerClient, SessionProver, Validated},
};

/// Signs in: silently where a session is active, else by card and passcode.
pub fn run(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<SignedIn, Fault> {
    let now = Instant::now();
    let active = call.agent.sessions.at(&caller.server).filter(|session| !session.is_over(now));
    let session = match active {
        Some(session) if !args.fresh && session.role().is_some() => session,
        _ => by_card(call, caller, args)?,
    };
    enter(call, caller, &session)
}

/// The page is in the session from now on, and gets its own ticket.
fn enter(call: &Call<'_>, caller: &Caller, session: &Arc<Session>) -> Result<SignedIn, Fault> {
    let ticket = match caller.may(Capability::Ticket) {
        true => Some(ticket::of_session(call.agent, session, caller)?.ticket),
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
    Ok(SignedIn { session: view, ticket })
}

fn by_card(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<Arc<Session>, Fault> {
    let agent = call.agent;
    let server = agent.servers.of(&caller.server)?;
    let mut dialog = agent.dialogs.begin(call, caller, Act::SignIn, &server.policy().name)?;
    let timing = Timing::default();
    let outcome: Result<_, Fault> = (|| {
        dialog.waiting("Reading your card")?;
        let chosen = timing.card(|| agent.choose(Purpose::Login))?;
        dialog.watch_card(&chosen)?;
        // Before the passcode, so that nobody types it for a server that is not there.
        let activation = timing.server(|| server.activate())?;
        let session = transact(&mut dialog, agent, server, &chosen, activation, &timing)?;
        choose_role(&mut dialog, server, &session, args.role.as_deref(), &timing)?;
        // A card pulled since then has ended nothing yet, as there was no session to end.
        dialog.check()?;
        Ok((session, chosen))
    })();
    let (session, chosen) = match outcome {
        Ok(done) => done,
        Err(fault) => {
            record(agent, caller, None, None, fault.code.as_str());
            return Err(fault);
        }
    };
    if let Some(old) = agent.sessions.put(session.clone()) {
        agent.end_displaced(&old);
    }
    lease::keep(agent, &session, Duration::from_secs(u64::from(session.lease_seconds)));
    timing.log(&dialog);
    record(agent, caller, Some(&session), Some(&chosen), "ok");
    // Only now could a pulled card have been missed by both dialog and session.
    if let Err(fault) = dialog.check() {
        agent.end_session(&session, SessionCause::CardRemoved);
        return Err(fault);
    }
    Ok(session)
}

/// Where the time of a sign-in went, for the log and the bench.
#[derive(Default)]
struct Timing {
    card: Cell<Duration>,
    server: Cell<Duration>,
}

impl Timing {
    fn card<T>(&self, work: impl FnOnce() -> T) -> T {
        measured(&self.card, work)
    }

    fn server<T>(&self, work: impl FnOnce() -> T) -> T {
        measured(&self.server, work)
    }

    fn log(&self, dialog: &Conversation<'_>) {
        tracing::info!(
            card_ms = self.card.get().as_millis(),
            server_ms = self.server.get().as_millis(),
            human_ms = dialog.human().as_millis(),
            window_ms = dialog.window_wait().as_millis(),
            "signed in"
        );
    }
}

fn measured<T>(sum: &Cell<Duration>, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    sum.set(sum.get() + begun.elapsed());
    done
}

/// Passcode, card, server; again for as long as the passcode is wrong.
fn transact(
    dialog: &mut Conversation<'_>,
    agent: &Arc<Agent>,
    server: &ServerClient,
    chosen: &Chosen,
    mut activation: Activation,
    timing: &Timing,
) -> Result<Arc<Session>, Fault> {
    let mut begun = Instant::now();
    let prover = SessionProver::generate()?;
    let session_key = prover.spki()?;
    let interrupt = dialog.interrupt();
    let response = dialog.with_passcode(chosen, &[], |passcode| {
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
        let signature = timing
            .card(|| agent.sign_one(chosen, prepared.to_be_signed(), passcode, &interrupt))?;
        prepared.assemble(&signature).map_err(|_| ErrorCode::Internal.into())
    })?;
    dialog.waiting("Checking with the identity server")?;
    let uid = chosen.uid();
    let validated =
        timing.server(|| server.validate(&activation, Login { uid: &uid, response }))?;
    open(server, chosen, prover, uid, validated)
}

fn open(
    server: &ServerClient,
    chosen: &Chosen,
    prover: SessionProver,
    uid: String,
    validated: Validated,
) -> Result<Arc<Session>, Fault> {
    let id = clock::random_name::<16>().map_err(|_| Fault::new(ErrorCode::Internal))?;
    let opened = Opened {
        server: server.policy().url.clone(),
        card: CardOfSession {
            reader: chosen.card.token.reader.clone(),
            serial: chosen.card.token.serial.clone(),
        },
        uid,
        name: validated.name,
        roles: validated.roles,
        prover: prover.of_session(&validated.session),
        logout_url: validated.logout_url,
        parent: Zeroizing::new(validated.parent.expose().to_owned()),
        lifetime: Duration::from_secs(u64::from(validated.lifetime_seconds)),
        lease_seconds: validated.lease_seconds,
    };
    Ok(Arc::new(Session::new(id, opened, Instant::now())))
}

/// One role is taken without asking; the page's suggestion only where the user has it.
fn choose_role(
    dialog: &mut Conversation<'_>,
    server: &ServerClient,
    session: &Session,
    wanted: Option<&str>,
    timing: &Timing,
) -> Result<(), Fault> {
    let has = |id: &str| session.roles.iter().any(|role: &RoleView| role.id == id);
    let role = match (session.roles.as_slice(), wanted) {
        ([], _) => return Err(ErrorCode::RoleUnavailable.into()),
        ([only], _) => only.id.clone(),
        (_, Some(wanted)) if has(wanted) => wanted.to_owned(),
        (roles, _) => dialog.ask_role(&session.name, roles, None)?,
    };
    timing.server(|| server.select_role(&session.parent, &role))?;
    session.set_role(&role);
    Ok(())
}

fn record(
    agent: &Agent,
    caller: &Caller,
    session: Option<&Session>,
    chosen: Option<&Chosen>,
    outcome: &str,
) {
    let role = session.and_then(Session::role);
    let certificate = chosen.map(|chosen| hex(&Sha256::digest(&chosen.held.der)));
    agent.record(&Entry {
        action: "sign_in",
        origin: Some(caller.origin.as_str()),
        uid: session.map(|session| session.uid.as_str()),
        role: role.as_ref().map(|role| role.id.as_str()),
        card: chosen.map(|chosen| chosen.card.token.serial.as_str()),
        certificate: certificate.as_deref(),
        outcome,
        ..Entry::default()
    });
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A challenge lasts two minutes at the server; one that was begun longer ago is begun anew.
const CHALLENGE_KEPT: Duration = Duration::from_secs(90);
