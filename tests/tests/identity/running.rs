//! What the server tells those who run it: whether it is ready, and traces.

use std::{
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use toml::{Table, Value};
use wardkey_tests::stage::AMIRA;

use super::{Named, listener, one_node::OneNode};

pub const TRIALS: &[Named] = &[
    ("running::requests_are_traced_below_their_callers_without_secrets", traces),
    ("running::a_node_that_is_about_to_stop_says_so_and_answers_on", stopping),
];

fn traces() -> Result<()> {
    let (collector, heard) = listener::start()?;
    let world = OneNode::with(|config| {
        let endpoint = Value::String(format!("{collector}/v1/traces"));
        let traces = Table::from_iter([("endpoint".to_owned(), endpoint)]);
        config.insert("traces".to_owned(), traces.into());
    })?;
    // Trace and span of the caller, in hexadecimal of readable octets.
    let card = world.card(AMIRA)?;
    let session = world.agent.sign_in(&card)?;
    let (trace, span) = ("trace-of-a-test!", "the-span");
    let hex = |text: &str| text.bytes().map(|octet| format!("{octet:02x}")).collect::<String>();
    let parent = format!("00-{}-{}-00", hex(trace), hex(span));
    let path = wardkey_spine::role_assertion_path(&session.ticket()?);
    let reply = world.agent.get_with(&path, &[("traceparent", &parent)])?;
    ensure!(reply.status == 200, "{reply:?}");
    // A refusal names the user in the log, and only there.
    let file = world.node.folder().join(format!("{}.crt.pem", AMIRA.uid));
    world.node.command(&["certificate", "remove", &file.display().to_string()])?;
    ensure!(world.agent.sign_in(&card).is_err(), "a card that is not registered");
    world.node.ask_to_stop()?;
    let told = all(&heard, "GET /saml/RoleAssertion")?;
    for text in ["wardkey-identity", "POST /login/authvalidate", "validate", "check", trace, span] {
        ensure!(told.contains(text), "{text} is not told: {told}");
    }
    // Neither the ticket nor the user.
    let ticket = session.ticket()?;
    for text in [ticket.expose(), &ticket.expose()[..24], AMIRA.uid, "token="] {
        ensure!(!told.contains(text), "{text} is told");
    }
    Ok(())
}

/// Everything that the collector is told until this is.
fn all(heard: &Receiver<String>, until: &str) -> Result<String> {
    let mut told = String::new();
    let end = Instant::now() + PATIENCE;
    while !told.contains(until) {
        let left = end.saturating_duration_since(Instant::now());
        match heard.recv_timeout(left) {
            Ok(body) => told.push_str(&body),
            Err(_) => bail!("not told: {until}; but {told}"),
        }
    }
    Ok(told)
}

fn stopping() -> Result<()> {
    let world = OneNode::with(|config| {
        config.insert("drain_seconds".to_owned(), Value::Integer(2));
    })?;
    let session = world.sign_in(AMIRA)?;
    ensure!(world.agent.get("/ready")?.status == 200, "not ready");
    ensure!(world.agent.get("/health")?.status == 200, "not healthy");
    world.node.ask_to_stop()?;
    let end = Instant::now() + PATIENCE;
    while world.agent.get("/ready")?.status != 503 {
        ensure!(Instant::now() < end, "a node that stops says that it is ready");
    }
    ensure!(world.agent.get("/health")?.status == 200, "not healthy while it stops");
    ensure!(world.agent.is_valid(&session, false)?, "it answers no more");
    while world.agent.get("/ready").is_ok() {
        ensure!(Instant::now() < end, "a node that was asked to stop goes on");
    }
    Ok(())
}

const PATIENCE: Duration = Duration::from_secs(15);
