use std::{collections::BTreeMap, time::Instant};

use wardkey_protocol::{
    Fault,
    own::overview::{AppOverview, Overview, SessionOverview},
    view::ReaderView,
};

use crate::agent::{
    Agent, admission,
    port::{Owner, Port},
    session::{Session, whole_seconds},
};

/// Cards, sessions and connected apps.
pub fn run(agent: &Agent) -> Result<Overview, Fault> {
    let now = Instant::now();
    let readers = agent.cards.readers().into_iter();
    let sessions = agent.sessions.every();
    let sessions = sessions.iter().rev().filter(|session| !session.is_over(now));
    Ok(Overview {
        readers: readers
            .map(|reader| ReaderView { name: reader.name, card_present: reader.card_present })
            .collect(),
        sessions: sessions.map(|session| overview(agent, session, now)).collect(),
        apps: apps(agent),
    })
}

fn overview(agent: &Agent, session: &Session, now: Instant) -> SessionOverview {
    let idle = session.card.holder.as_ref();
    let idle = idle.and_then(|holder| agent.cards.services.idle(holder));
    let locks = idle.filter(|_| session.is_active());
    SessionOverview {
        id: session.id().to_owned(),
        state: session.standing(),
        server: agent.name_of_server(&session.server),
        user: session.is_active().then(|| session.user()),
        expires_in_seconds: whole_seconds(session.time_left(now)),
        lifetime_seconds: whole_seconds(session.lifetime),
        locks_in_seconds: locks
            .map(|limit| whole_seconds(limit.saturating_sub(session.unused(now)))),
    }
}

fn apps(agent: &Agent) -> Vec<AppOverview> {
    let mut apps = BTreeMap::new();
    for port in agent.every_port() {
        let Some(name) = name(agent, &port) else { continue };
        let admitted =
            admission::admit(agent, &port).is_ok_and(|caller| !caller.capabilities.is_empty());
        let signed_in = port.session().is_some_and(|id| agent.sessions.get(&id).is_some());
        let empty = AppOverview { name: name.clone(), documents: 0, admitted, signed_in };
        let app = apps.entry(name).or_insert(empty);
        app.documents += 1;
        app.admitted |= admitted;
        app.signed_in |= signed_in;
    }
    apps.into_values().take(MOST).collect()
}

/// What a caller is called; `None` for a document that has no name of its own.
fn name(agent: &Agent, port: &Port) -> Option<String> {
    match &port.owner {
        Owner::Page(context) => (context.origin != OPAQUE).then(|| context.origin.clone()),
        Owner::Program(peer) => {
            let policy = agent.policy().as_ref().ok()?;
            policy.program(|executable| peer.runs(executable)).map(|program| program.name.clone())
        }
    }
}

impl Agent {
    /// What policy calls a server; its address where policy has it no more.
    pub(in super::super) fn name_of_server(&self, url: &str) -> String {
        let server = self.policy.as_ref().ok().and_then(|policy| policy.server(url));
        server.map_or_else(|| url.to_owned(), |server| server.name.clone())
    }
}

/// So many apps fit one message.
const MOST: usize = 500;
const OPAQUE: &str = "null";
