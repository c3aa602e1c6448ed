#[path = "identity/fill.rs"]
mod fill;
#[path = "identity/kill.rs"]
mod kill;
#[path = "identity/load.rs"]
mod load;
#[path = "identity/peer.rs"]
mod peer;
#[path = "identity/refusals.rs"]
mod refusals;
#[path = "identity/tokens.rs"]
mod tokens;

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use toml::{Table, Value};
use wardkey_spine::{
    role_assertion_path,
    session_service::{Operation, SessionRequest},
};
use wardkey_tests::{
    figure::{Figure, median},
    stage::{
        AMIRA, Node, Postgres, Site, SoftAgent, SoftCard, SoftSession, TOM, built, cpu_time, pss,
    },
};

use load::Load;
use peer::Users;

/// The Identity Server's share of the work: client and server share the machine.
pub async fn measure() -> Result<Vec<Figure>> {
    let folder = tempfile::Builder::new().prefix("wardkey-bench-").tempdir()?;
    let postgres = Postgres::start().context("PostgreSQL is not installed")?;
    postgres.create("sessions");
    postgres.create("many");
    postgres.create("peer");
    let mut figures = peer::measure(folder.path())?;
    let own = "wardkey.db".to_owned();
    for (name, database, many, peer) in [
        ("SQLite", own.clone(), own, None),
        (
            "PostgreSQL",
            postgres.address("sessions"),
            postgres.address("many"),
            Some(postgres.address("peer")),
        ),
    ] {
        figures.extend(sessions(&folder, name, &database, &many, peer.as_deref()).await?);
    }
    postgres.create("nodes");
    figures.extend(kill::measure(&folder, &postgres.address("nodes"))?);
    Ok(figures)
}

/// Session checks, assertions and logins at one node with few sessions, and checks in turn with a
/// node that has `many` in a database of its own. `peer`: the peer's database, if it has one.
async fn sessions(
    folder: &TempDir,
    store: &str,
    database: &str,
    many: &str,
    peer: Option<&str>,
) -> Result<Vec<Figure>> {
    let figure =
        |what: &str, unit, value| Figure::new("identity", &format!("{what}, {store}"), unit, value);
    let program = built("wardkey-identity")?;
    let site = Site::init(&program, &folder.path().join(store).join("site"), ORIGIN)?;
    let node = site.node("a", database, plain)?;
    let start = pss(node.id()?)?;
    tokens::register(&node)?;
    let (amira, tom) =
        (SoftCard::issue(&program, &node, AMIRA)?, SoftCard::issue(&program, &node, TOM)?);
    let agent = SoftAgent::of(&node, &site.url, &site.authority())?;
    let sessions: Vec<_> = (0..KNOWN).map(|_| agent.sign_in(&amira)).collect::<Result<Vec<_>>>()?;
    let checks = checks(&node, &sessions)?;
    let assertions = Load {
        requests: sessions.iter().map(assertion).collect::<Result<_>>()?,
        expected: "samlp:Success",
        ..checks.clone()
    };
    let introspections = sessions.iter().take(TOKENS);
    let introspections = Load {
        requests: introspections
            .map(|session| tokens::introspection(&agent, session))
            .collect::<Result<_>>()?,
        expected: "\"active\":true",
        ..checks.clone()
    };
    let tokens =
        Load { requests: vec![tokens::own()].into(), expected: "access_token", ..checks.clone() };

    fill::sessions(database, node.folder(), 0, FEW).await?;
    checks.at_most(CONNECTIONS, WARM_UP)?;
    let few = rate(&checks)?;
    let [check_p50, check_p99, check_p999] = at_half(&checks, few)?;
    let asserted = rate(&assertions)?;
    let peer = Users::sign_in(TOKENS, peer)?;
    let [introspected, by_peer] = in_turn([&introspections, &peer.introspections])?;
    drop(peer);
    let [asked_p50, asked_p99, asked_p999] = at_half(&introspections, introspected)?;
    let tokens = rate(&tokens)?;
    let [logins, login_cpu] = logins(&node, &agent, &tom)?;
    let refusals = refusals::measure(&agent, &amira, &checks, store)?;

    let crowded = site.node("many", many, plain)?;
    let card = SoftCard::issue(&program, &crowded, AMIRA)?;
    let agent = SoftAgent::of(&crowded, &site.url, &site.authority())?;
    let sessions: Vec<_> = (0..KNOWN).map(|_| agent.sign_in(&card)).collect::<Result<Vec<_>>>()?;
    fill::sessions(many, crowded.folder(), 0, MANY).await?;
    let [by_few, by_many] = in_turn([&checks, &self::checks(&crowded, &sessions)?])?;
    let memory = pss(crowded.id()?)?;
    let cost = figure("cost of a check, 1 000 000 sessions", "us", 1e6 / by_many);
    let mut figures = vec![
        figure("memory at start", "MB", start).at_most(64.0),
        figure("session checks, 10 000 sessions", "/s", few),
        figure("session check at half of that rate, p50", "ms", check_p50),
        figure("session check at half of that rate, p99", "ms", check_p99).at_most(5.0),
        figure("session check at half of that rate, p99.9", "ms", check_p999),
        cost.beside("10 000 sessions", 1e6 / by_few).at_most_times(FLAT),
        figure("memory, 1 000 000 sessions", "MB", memory),
        peer::beside(figure("introspections of users' tokens", "/s", introspected), by_peer),
        figure("introspection at half of that rate, p50", "ms", asked_p50),
        figure("introspection at half of that rate, p99", "ms", asked_p99),
        figure("introspection at half of that rate, p99.9", "ms", asked_p999),
        figure("client-credential token requests", "/s", tokens),
        figure("role assertions", "/s", asserted),
        figure("card logins, the card's part included", "/s", logins),
        figure("card login, the server's share", "ms", login_cpu),
        figure("card logins of one core, the server's share", "/s", 1000.0 / login_cpu),
    ];
    figures.extend(refusals);
    Ok(figures)
}

/// Checks of these sessions at a node.
fn checks(node: &Node, sessions: &[SoftSession]) -> Result<Load> {
    Ok(Load {
        address: node.url.trim_start_matches("http://").replace("localhost", "127.0.0.1"),
        requests: sessions.iter().map(check).collect::<Result<_>>()?,
        expected: "shandle:",
    })
}

/// Answers a second under loads that take turns, so that all meet the machine as it is: the medians
/// of several runs.
fn in_turn<const LOADS: usize>(loads: [&Load; LOADS]) -> Result<[f64; LOADS]> {
    let mut rates = [const { Vec::new() }; LOADS];
    for load in loads {
        load.at_most(CONNECTIONS, WARM_UP)?;
    }
    for _ in 0..TURNS {
        for (rates, load) in rates.iter_mut().zip(loads) {
            rates.push(load.at_most(CONNECTIONS, TURN)?.rate);
        }
    }
    Ok(rates.map(median))
}

/// Answers a second, the median of several runs.
fn rate(load: &Load) -> Result<f64> {
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        rates.push(load.at_most(CONNECTIONS, RUN)?.rate);
    }
    Ok(median(rates))
}

/// Milliseconds to an answer at half of a rate: p50, p99 and p99.9, each the median of several runs.
fn at_half(load: &Load, rate: f64) -> Result<[f64; 3]> {
    let mut quantiles = [const { Vec::new() }; 3];
    for _ in 0..RUNS {
        let run = load.at_rate(CONNECTIONS, RUN, rate / 2.0)?;
        for (all, share) in quantiles.iter_mut().zip([0.5, 0.99, 0.999]) {
            all.push(run.quantile(share));
        }
    }
    Ok(quantiles.map(median))
}

/// Logins a second, of agents that do nothing else, and the milliseconds of processor time that
/// each takes of the server: the medians of several runs.
fn logins(node: &Node, agent: &SoftAgent, card: &SoftCard) -> Result<[f64; 2]> {
    let (mut rates, mut shares) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let (begun, before) = (Instant::now(), cpu_time(node.id()?)?);
        let done = sign_in_over_and_over(agent, card)? as f64;
        rates.push(done / begun.elapsed().as_secs_f64());
        let took = cpu_time(node.id()?)?.saturating_sub(before);
        shares.push(took.as_secs_f64() * 1000.0 / done);
    }
    Ok([median(rates), median(shares)])
}

/// The number of logins.
fn sign_in_over_and_over(agent: &SoftAgent, card: &SoftCard) -> Result<usize> {
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| -> Result<()> {
        let agents: Vec<_> = (0..AGENTS)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    while !stop.load(Ordering::Relaxed) {
                        agent.sign_in(card)?;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        thread::sleep(RUN);
        stop.store(true, Ordering::Relaxed);
        agents.into_iter().try_for_each(|agent| agent.join().ok().context("panicked")?)
    })?;
    Ok(done.into_inner())
}

fn check(session: &SoftSession) -> Result<Vec<u8>> {
    let operation = Operation::GetSession { ticket: session.ticket()?, reset: false };
    let request = SessionRequest { set_id: 1, request_id: 0, operation };
    Ok(Load::post("/amserver/sessionservice", "text/xml", "", &request.write()?))
}

fn assertion(session: &SoftSession) -> Result<Vec<u8>> {
    Ok(Load::get(role_assertion_path(&session.ticket()?).as_str()))
}

/// Plain HTTP, as behind a proxy: what is measured is the server, not TLS.
fn plain(config: &mut Table) {
    config.remove("tls");
    if let Some(session) = config.get_mut("session").and_then(Value::as_table_mut) {
        session.insert("lease_seconds".to_owned(), Value::Integer(36_000));
    }
    let none = [("requests_per_second", 0), ("logins_per_minute", 0)];
    let limits = none.map(|(name, limit)| (name.to_owned(), Value::Integer(limit)));
    config.insert("limits".to_owned(), Table::from_iter(limits).into());
}

const AGENTS: usize = 4;
const CONNECTIONS: usize = 16;
const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;
/// Sessions that are asked for, in turn.
const KNOWN: usize = 200;
const ORIGIN: &str = "http://localhost:8300";
const RUN: Duration = Duration::from_secs(4);
const RUNS: usize = 5;
const TURN: Duration = Duration::from_secs(2);
const TURNS: usize = 7;
/// Users' tokens that are asked about, in turn.
const TOKENS: usize = 50;
const WARM_UP: Duration = Duration::from_secs(2);
/// A hundred times as many sessions may cost this much more.
const FLAT: f64 = 1.25;
