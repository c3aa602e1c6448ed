use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use wardkey_tests::stage::{Site, SoftAgent, SoftCard, SoftSession, TOM, built, database};

use super::{Named, ORIGIN, untimed};

pub const TRIALS: &[Named] = &[
    ("killed::on_sqlite_nothing_acknowledged_is_lost", || nothing_is_lost("wardkey.db")),
    ("killed::on_postgresql_nothing_acknowledged_is_lost", || {
        nothing_is_lost(&database("killed").context("no PostgreSQL")?)
    }),
];

/// What a node has acknowledged.
#[derive(Default)]
struct Acknowledged {
    open: Vec<SoftSession>,
    ended: Vec<SoftSession>,
}

impl Acknowledged {
    fn count(&self) -> usize {
        self.open.len() + self.ended.len()
    }
}

/// Agents log in and out as fast as they can, the node is killed in the middle of it, and what it
/// had said yes to has to be so when it is back: many times.
fn nothing_is_lost(database: &str) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-identity-").tempdir()?;
    let program = built("wardkey-identity")?;
    let site = Site::init(&program, &folder.path().join("site"), ORIGIN)?;
    let mut node = site.node("a", database, untimed)?;
    let card = SoftCard::issue(&program, &node, TOM)?;
    let (mut logins, mut logouts) = (0, 0);
    let mut all = Acknowledged::default();
    for round in 0..ROUNDS {
        let acknowledged = Mutex::new(Acknowledged::default());
        thread::scope(|scope| -> Result<()> {
            for agent in 0..AGENTS {
                let (site, node, card, acknowledged) = (&site, &node, &card, &acknowledged);
                let agent_of = SoftAgent::of(node, &site.url, &site.authority())?;
                scope.spawn(move || work(&agent_of, card, agent, acknowledged));
            }
            // Something is acknowledged first, however slow the machine; then another moment of the
            // work each time.
            let end = Instant::now() + PATIENCE;
            while acknowledged.lock().is_ok_and(|done| done.count() < AGENTS)
                && Instant::now() < end
            {
                thread::sleep(Duration::from_millis(5));
            }
            thread::sleep(Duration::from_millis(17 * round));
            node.kill()
        })?;
        node.start()?;
        let agent = SoftAgent::of(&node, &site.url, &site.authority())?;
        let done = acknowledged.into_inner().ok().context("poisoned")?;
        for session in &done.open {
            ensure!(agent.is_valid(session, false)?, "round {round}: a session is lost");
        }
        for session in &done.ended {
            ensure!(!agent.is_valid(session, false)?, "round {round}: a logout is lost");
        }
        logins += done.count();
        logouts += done.ended.len();
        all.open.extend(done.open);
        all.ended.extend(done.ended);
    }
    ensure!(logins > 4 * AGENTS && logouts > AGENTS, "{logins} logins, {logouts} logouts: too few");
    node.command(&["audit", "verify"])?;
    let log = node.command(&["audit", "list"])?;
    let entries: Vec<Value> = log.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let logged = |action: &str, session: &SoftSession| {
        entries.iter().any(|entry| entry["action"] == action && entry["session"] == session.id)
    };
    for session in all.open.iter().chain(&all.ended) {
        ensure!(logged("login", session), "an acknowledged login is not in the log");
    }
    for session in &all.ended {
        ensure!(logged("logout", session), "an acknowledged logout is not in the log");
    }
    Ok(())
}

/// Until the node is gone. Every second session is ended.
fn work(agent: &SoftAgent, card: &SoftCard, number: usize, acknowledged: &Mutex<Acknowledged>) {
    for turn in number.. {
        let Ok(session) = agent.sign_in(card) else { return };
        let ended = turn % 2 == 1;
        // Whether a logout that was not answered happened is not known: it is not looked at.
        if ended && agent.sign_out(&session).is_err() {
            return;
        }
        let Ok(mut acknowledged) = acknowledged.lock() else { return };
        if ended { acknowledged.ended.push(session) } else { acknowledged.open.push(session) }
    }
}

const AGENTS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(30);
const ROUNDS: u64 = 12;
