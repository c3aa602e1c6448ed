use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wardkey_protocol::{ErrorCode, Fault};
use zeroize::Zeroizing;

use super::{Errand, role, timing::Timing};
use crate::{
    agent::{
        Agent,
        certificate::Chosen,
        dialogs::Conversation,
        removal::Fate,
        session::{CardOfSession, Credentials, Opened, Session},
    },
    clock,
    dialog::words::Word,
    server::{Activation, Login, ServerClient, SessionProver, Validated},
};

/// What the card has signed, and the key that it was signed for.
pub struct Answered {
    pub activation: Activation,
    pub prover: SessionProver,
    pub uid: String,
    pub response: Vec<u8>,
}

/// The session that the server opens or lets go on, with its role chosen.
pub fn enter(
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
        role::choose(dialog, server, &session, role, timing)
            .inspect_err(|_| agent.tell_server(&session, Fate::Ended))?;
    } else if let Errand::Again { select_role: true, .. } = errand {
        role::change(dialog, agent, server, &session)?;
    }
    Ok((session, done))
}

/// What a login did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// An active session goes on.
    GoesOn,
    /// A session was opened.
    Opened,
    /// A session that waited is active again.
    Resumed,
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
