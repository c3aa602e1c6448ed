//! Card login: passcode, card, server. It opens a session, or proves once more who is in one.

mod timing;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wardkey_protocol::{
    Capability, ErrorCode, Fault,
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
    consent,
    dialogs::{Act, Conversation, Proposal},
    lease,
    port::{Caller, Who},
    removal::Fate,
    session::{CardOfSession, Credentials, Opened, Session},
};
use crate::{
    clock,
    dialog::words::Word,
    interrupt::Interrupt,
    server::{Activation, Login, ServerClient, SessionProver, Validated},
};
use timing::Timing;

/// Who has the user log in, and where.
pub struct Occasion<'a> {
    /// The agent.
    pub agent: &'a Arc<Agent>,
    /// Raised when the login should end before its time.
    pub interrupt: &'a Arc<Interrupt>,
    /// The server's address.
    pub server: &'a str,
    /// The page or program; `None`: a card was put in.
    pub who: Option<&'a Who>,
    /// Of a page in a frame: the top document's origin.
    pub within: Option<&'a str>,
    /// Where its user may have to let it sign in first.
    pub asks: Option<&'a Caller>,
}

impl<'a> Occasion<'a> {
    /// A call.
    pub fn of(call: &Call<'a>, caller: &'a Caller) -> Self {
        let Call { agent, interrupt, .. } = *call;
        let asks = (!caller.may(Capability::SignIn)).then_some(caller);
        let within = caller.within.as_deref();
        Self { agent, interrupt, server: &caller.server, who: Some(&caller.who), within, asks }
    }
}

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
    /// The user signs in, or resumes the session that waits for this card.
    SignIn {
        /// What the dialog says.
        act: Act,
        /// The role to take without asking, if the user has it.
        role: Option<&'a str>,
        /// Not into a session that waits.
        fresh: bool,
        /// The card, where it is known already.
        card: Option<Box<Chosen>>,
    },
}

impl Errand<'_> {
    fn act(&self) -> Act {
        match self {
            Self::Again { act, .. } | Self::SignIn { act, .. } => act.clone(),
        }
    }

    fn card(&self) -> Option<Chosen> {
        match self {
            Self::Again { .. } => None,
            Self::SignIn { card, .. } => card.as_deref().cloned(),
        }
    }

    /// The session that goes on, with its own card.
    fn session(&self) -> Option<&Session> {
        match self {
            Self::Again { session, .. } => Some(session),
            Self::SignIn { .. } => None,
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Self::Again { .. } => "reauthenticate",
            Self::SignIn { .. } => "sign_in",
        }
    }
}

/// What a login did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// An active session goes on.
    GoesOn,
    /// A session was opened.
    Opened,
    /// A session that waited is active again.
    Resumed,
}

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
) -> Result<(Arc<Session>, Done), Fault> {
    dialog.waiting(Word::CheckingWithServer)?;
    let (own, role) = match errand {
        Errand::SignIn { role, fresh, .. } => {
            let certificate = chosen.certificate.sha256();
            let waits = agent.sessions.waiting(&server.policy().url, &certificate);
            (waits.filter(|_| !*fresh), *role)
        }
        Errand::Again { session, .. } => (Some(Arc::clone(session)), None),
    };
    let (session, done) = match &own {
        Some(own) => go_on(agent, server, own, chosen, answered, timing)?,
        None => {
            let validated = answered.hand_in(server, None, timing)?;
            (open(server, chosen, answered, validated)?, Done::Opened)
        }
    };
    if done == Done::Opened {
        // A session without a role is not left at the server.
        choose_role(dialog, server, &session, role, timing)
            .inspect_err(|_| agent.tell_server(&session, Fate::Ended))?;
    } else if let Errand::Again { select_role: true, .. } = errand {
        change_role(dialog, agent, server, &session)?;
    }
    Ok((session, done))
}

/// The session has new credentials; or the server opened another one: for another card, or since
/// the session was over there.
fn go_on(
    agent: &Arc<Agent>,
    server: &ServerClient,
    session: &Arc<Session>,
    chosen: &Chosen,
    answered: Answered,
    timing: &Timing,
) -> Result<(Arc<Session>, Done), Fault> {
    // Held until the server has answered: from then on it knows the old key no more.
    let mut credentials = session.credentials_to_replace();
    let validated = answered.hand_in(server, Some(credentials.prover.session()), timing)?;
    if validated.session != credentials.prover.session() {
        let other = open(server, chosen, answered, validated)?;
        if !session.is_active() {
            agent.follow_server(session, Fate::Ended);
        }
        return Ok((other, Done::Opened));
    }
    *credentials = proven(answered.prover, &validated);
    let reader = &chosen.card.token.reader;
    if session.is_active() {
        session.card_is_in(reader);
        return Ok((session.clone(), Done::GoesOn));
    }
    // What the server has not heard yet is true no more.
    agent.outbox.forget(session.id());
    session.resume(reader);
    Ok((session.clone(), Done::Resumed))
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
            certificate: chosen.certificate.sha256(),
            holder: chosen.card.remote.as_ref().map(|remote| remote.holder.clone()),
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
