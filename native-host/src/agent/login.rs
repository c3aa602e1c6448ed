//! Card login: passcode, card, server. It opens a session, or proves once more who is in one.

mod timing;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};
use wardkey_protocol::{
    ErrorCode, Fault,
    event::{EventData, EventName},
    view::{RoleView, SessionCause, SessionState},
};
use wardkey_signatures::login::{self, LoginRequest};
use zeroize::Zeroizing;

use super::{
    Agent,
    audit::Entry,
    call::Call,
    certificate::{Chosen, Purpose},
    dialogs::{Act, Conversation, Proposal},
    lease,
    port::Caller,
    session::{CardOfSession, Credentials, Opened, Session},
};
use crate::{
    clock,
    server::{Activation, Login, ServerClient, SessionProver, Validated},
};
use timing::Timing;

/// What a login is for.
pub enum Errand<'a> {
    /// The user proves once more who they are, and the session goes on.
    Again {
        /// What the dialog says.
        act: Act,
        /// The session.
        session: &'a Arc<Session>,
        /// Whether the user chooses a role too.
        select_role: bool,
    },
    /// The user signs in.
    SignIn {
        /// What the dialog says.
        act: Act,
        /// The role to take without asking, if the user has it.
        role: Option<&'a str>,
    },
}

impl Errand<'_> {
    fn act(&self) -> Act {
        match self {
            Self::Again { act, .. } | Self::SignIn { act, .. } => act.clone(),
        }
    }

    /// Whether it is this session that was to go on.
    fn goes_on_with(&self, session: &Arc<Session>) -> bool {
        matches!(self, Self::Again { session: own, .. } if Arc::ptr_eq(own, session))
    }

    fn action(&self) -> &'static str {
        match self {
            Self::Again { .. } => "reauthenticate",
            Self::SignIn { .. } => "sign_in",
        }
    }
}

/// Has the user log in with the card. The session is a new one, also where another card than its
/// own came for a session that was to go on; the one that it takes the place of ends.
///
/// # Errors
///
/// The dialog's, the card's or the server's.
pub fn by_card(
    call: &Call<'_>,
    caller: &Caller,
    errand: Errand<'_>,
) -> Result<Arc<Session>, Fault> {
    let agent = call.agent;
    let server = agent.servers.of(&caller.server)?;
    let mut dialog = agent.dialogs.begin(call, caller, errand.act(), &server.policy().name)?;
    let timing = Timing::default();
    let outcome: Result<_, Fault> = (|| {
        dialog.waiting("Reading your card")?;
        let chosen = timing.card(|| agent.choose(Purpose::Login))?;
        dialog.watch_card(&chosen)?;
        // Before the passcode, so that nobody types it for a server that is not there.
        let activation = timing.server(|| server.activate())?;
        let answered = transact(&mut dialog, agent, server, &chosen, activation, &timing)?;
        let session = enter(&mut dialog, agent, server, &errand, &chosen, answered, &timing)?;
        // A card pulled since then has ended nothing yet, as there was no session to end.
        dialog.check()?;
        Ok((session, chosen))
    })();
    let (session, chosen) = match outcome {
        Ok(done) => done,
        Err(fault) => {
            record(agent, caller, &errand, None, None, fault.code.as_str());
            return Err(fault);
        }
    };
    // A session that goes on has its place already, and its lease is kept.
    let is_new = !errand.goes_on_with(&session);
    if is_new {
        if let Some(old) = agent.sessions.put(session.clone()) {
            agent.end_displaced(&old);
        }
        lease::keep(agent, &session, Duration::from_secs(u64::from(session.lease_seconds)));
    }
    timing.log(&dialog);
    record(agent, caller, &errand, Some(&session), Some(&chosen), "ok");
    // Only now could a pulled card have been missed by both dialog and session.
    if let Err(fault) = dialog.check() {
        if is_new {
            agent.end_session(&session, SessionCause::CardRemoved);
        }
        return Err(fault);
    }
    Ok(session)
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
    let response = dialog.with_passcode(chosen, &Proposal::default(), |consent, _| {
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

/// What the card has signed, and the key that it was signed for.
struct Answered {
    activation: Activation,
    prover: SessionProver,
    uid: String,
    response: Vec<u8>,
}

impl Answered {
    fn hand_in(
        &self,
        server: &ServerClient,
        goes_on: Option<&str>,
        timing: &Timing,
    ) -> Result<Validated, Fault> {
        let login = Login { uid: &self.uid, response: self.response.clone(), goes_on };
        timing.server(|| server.validate(&self.activation, login))
    }
}

/// The session that the server opens or lets go on, with its role chosen.
fn enter(
    dialog: &mut Conversation<'_>,
    agent: &Arc<Agent>,
    server: &ServerClient,
    errand: &Errand<'_>,
    chosen: &Chosen,
    answered: Answered,
    timing: &Timing,
) -> Result<Arc<Session>, Fault> {
    dialog.waiting("Checking with the identity server")?;
    match errand {
        Errand::SignIn { role, .. } => {
            let validated = answered.hand_in(server, None, timing)?;
            let session = open(server, chosen, answered, validated)?;
            choose_role(dialog, server, &session, *role, timing)?;
            Ok(session)
        }
        Errand::Again { session, select_role, .. } => {
            match go_on(server, session, chosen, answered, timing)? {
                None => {
                    if *select_role {
                        change_role(dialog, agent, server, session)?;
                    }
                    Ok(Arc::clone(session))
                }
                Some(other) => {
                    choose_role(dialog, server, &other, None, timing)?;
                    Ok(other)
                }
            }
        }
    }
}

/// The session has new credentials; or the server opened another one, for another card.
fn go_on(
    server: &ServerClient,
    session: &Session,
    chosen: &Chosen,
    answered: Answered,
    timing: &Timing,
) -> Result<Option<Arc<Session>>, Fault> {
    // Held until the server has answered: from then on it knows the old key no more.
    let mut credentials = session.credentials_to_replace();
    let validated = answered.hand_in(server, Some(credentials.prover.session()), timing)?;
    if validated.session != credentials.prover.session() {
        return open(server, chosen, answered, validated).map(Some);
    }
    *credentials = proven(answered.prover, &validated);
    Ok(None)
}

fn open(
    server: &ServerClient,
    chosen: &Chosen,
    answered: Answered,
    validated: Validated,
) -> Result<Arc<Session>, Fault> {
    let id = clock::random_name::<16>().map_err(|_| Fault::new(ErrorCode::Internal))?;
    let opened = Opened {
        server: server.policy().url.clone(),
        card: CardOfSession {
            reader: chosen.card.token.reader.clone(),
            serial: chosen.card.token.serial.clone(),
        },
        uid: answered.uid,
        credentials: proven(answered.prover, &validated),
        name: validated.name,
        roles: validated.roles,
        lifetime: Duration::from_secs(u64::from(validated.lifetime_seconds)),
        lease_seconds: validated.lease_seconds,
    };
    Ok(Arc::new(Session::new(id, opened, Instant::now())))
}

fn proven(prover: SessionProver, validated: &Validated) -> Credentials {
    Credentials {
        prover: prover.of_session(&validated.session),
        logout_url: validated.logout_url.clone(),
        parent: Zeroizing::new(validated.parent.expose().to_owned()),
    }
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
    timing.server(|| server.select_role(&session.credentials().parent, &role))?;
    session.set_role(&role);
    Ok(())
}

/// Lets the user choose a role in a session; where it is another one, the server and the session's
/// pages are told.
///
/// # Errors
///
/// The user's, or the server's.
pub fn change_role(
    dialog: &mut Conversation<'_>,
    agent: &Agent,
    server: &ServerClient,
    session: &Session,
) -> Result<(), Fault> {
    let current = session.role().map(|role| role.id);
    let role = dialog.ask_role(&session.name, &session.roles, current.as_deref())?;
    if current.as_ref() == Some(&role) {
        return Ok(());
    }
    server.select_role(&session.credentials().parent, &role)?;
    session.set_role(&role);
    let data = EventData { state: Some(SessionState::Active), ..EventData::default() };
    agent.tell_session(session, EventName::RoleChanged, &data);
    Ok(())
}

fn record(
    agent: &Agent,
    caller: &Caller,
    errand: &Errand<'_>,
    session: Option<&Session>,
    chosen: Option<&Chosen>,
    outcome: &str,
) {
    let role = session.and_then(Session::role);
    let certificate = chosen.map(|chosen| hex(&Sha256::digest(&chosen.held.der)));
    agent.record(&Entry {
        action: errand.action(),
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
