//! How long anything that hangs on a session works on one of two nodes after it was ended on the
//! other.

use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;
use wardkey_spine::{
    Ticket, role_selection_path,
    session_service::{Operation, Outcome, SessionRequest, SessionResponse},
};
use wardkey_tests::{
    figure::Figure,
    stage::{AMIRA, Node, Site, SoftAgent, SoftCard, SoftSession, TOM, built},
};

use super::{ORIGIN, plain, tokens};

/// From the moment that one node is asked to end a session until the other refuses everything of
/// it: the longest, since one that lasts is one too many.
pub fn measure(folder: &TempDir, database: &str) -> Result<[Figure; 2]> {
    let program = built("wardkey-identity")?;
    let site = Site::init(&program, &folder.path().join("two/site"), ORIGIN)?;
    let nodes = [site.node("a", database, plain)?, site.node("b", database, plain)?];
    tokens::register(&nodes[0])?;
    let agent = |node: &Node| SoftAgent::of(node, &site.url, &site.authority());
    let one = agent(&nodes[0])?;
    let two = Two {
        administrator: administrator(&one, &SoftCard::issue(&program, &nodes[0], TOM)?)?,
        card: SoftCard::issue(&program, &nodes[0], AMIRA)?,
        one,
        other: agent(&nodes[1])?,
    };
    let figure = |what: &str, by| -> Result<Figure> {
        let name = format!("{what} to refused everywhere on the other node, longest of {KILLS}");
        let took = (0..KILLS).map(|_| two.until_refused(by)).collect::<Result<Vec<f64>>>()?;
        let longest = took.into_iter().fold(0.0, f64::max);
        Ok(Figure::new("identity", &name, "ms", longest).at_most(100.0))
    };
    Ok([figure("logout", By::User)?, figure("administrator's kill", By::Administrator)?])
}

/// Agents of both nodes, the card of whose sessions are ended, and who ends them.
struct Two {
    one: SoftAgent,
    other: SoftAgent,
    card: SoftCard,
    administrator: SoftSession,
}

/// Who ends a session.
#[derive(Clone, Copy)]
enum By {
    Administrator,
    User,
}

impl Two {
    /// Milliseconds, of one session.
    fn until_refused(&self, by: By) -> Result<f64> {
        let session = self.one.sign_in(&self.card)?;
        let token = tokens::access_token(&self.one, &session)?;
        let granted = answers(&self.other, &session, &token)?;
        ensure!(granted == [true; 4], "refused on the other node before its end: {granted:?}");
        let target = named(&self.one, &self.administrator)?;
        let asked = Instant::now();
        match by {
            By::Administrator => destroy(&self.one, &self.administrator, target)?,
            By::User => self.one.sign_out(&session)?,
        }
        while answers(&self.other, &session, &token)? != [false; 4] {}
        Ok(asked.elapsed().as_secs_f64() * 1000.0)
    }
}

/// Whether a session validates, is asserted, its token is active, and opens claims.
fn answers(agent: &SoftAgent, session: &SoftSession, token: &str) -> Result<[bool; 4]> {
    let bearer = format!("Bearer {token}");
    let claims = agent.get_with("/oidc/userinfo", &[("authorization", &bearer)])?;
    Ok([
        agent.is_valid(session, false)?,
        agent.assertion(session)?.status == 200,
        tokens::is_active(agent, token)?,
        claims.status == 200,
    ])
}

/// A session in the third of Tom's roles, which administers.
fn administrator(agent: &SoftAgent, card: &SoftCard) -> Result<SoftSession> {
    let session = agent.sign_in(card)?;
    let role = session.roles.get(2).context("no role")?;
    let chosen = agent.get(&role_selection_path(&session.ticket()?, role))?;
    ensure!(chosen.status == 200, "{chosen:?}");
    Ok(session)
}

/// What the list of sessions calls Amira's one.
fn named(agent: &SoftAgent, administrator: &SoftSession) -> Result<Ticket> {
    let (ticket, pattern) = (administrator.ticket()?, Some(AMIRA.uid.to_owned()));
    match ask(agent, Operation::GetValidSessions { ticket, pattern })? {
        Outcome::Sessions { sessions, .. } if sessions.len() == 1 => {
            Ok(Ticket::parse(&sessions[0].sid)?)
        }
        _ => bail!("not one session"),
    }
}

fn destroy(agent: &SoftAgent, administrator: &SoftSession, target: Ticket) -> Result<()> {
    let ticket = administrator.ticket()?;
    match ask(agent, Operation::DestroySession { ticket, target })? {
        Outcome::Destroyed => Ok(()),
        _ => bail!("not destroyed"),
    }
}

fn ask(agent: &SoftAgent, operation: Operation) -> Result<Outcome> {
    let request = SessionRequest { set_id: 1, request_id: 0, operation };
    let reply = agent.post("/amserver/sessionservice", &request.write()?)?;
    Ok(SessionResponse::read(reply.body.as_bytes())?.outcome)
}

const KILLS: usize = 20;
