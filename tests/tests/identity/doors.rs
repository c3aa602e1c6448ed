//! What stands before a node and beside it: proxies, limits, metrics, and who is told late.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use toml::{Table, Value};
use wardkey_tests::stage::{AMIRA, free_port};

use super::{Named, listener, one_node::OneNode};

pub const TRIALS: &[Named] = &[
    ("doors::a_client_that_asks_too_often_waits", limits),
    ("doors::a_card_that_logs_in_too_often_waits", cards),
    ("doors::behind_a_proxy_clients_are_told_apart", proxy),
    ("doors::metrics_are_told", metrics),
    ("doors::an_app_that_was_away_is_told_by_a_node_that_was_killed", told_late),
];

fn table(entries: &[(&str, Value)]) -> Value {
    Table::from_iter(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).into()
}

fn one_a_second(config: &mut Table) {
    config.insert("limits".to_owned(), table(&[("requests_per_second", Value::Integer(1))]));
}

fn limits() -> Result<()> {
    let ward = OneNode::with(one_a_second)?;
    let end = Instant::now() + PATIENCE;
    let refused = loop {
        let reply = ward.agent.get("/health")?;
        if reply.status != 200 {
            break reply;
        }
        ensure!(Instant::now() < end, "nobody waits");
    };
    ensure!(refused.status == 429 && refused.retry_after == "1", "{refused:?}");
    while ward.agent.get("/health")?.status != 200 {
        ensure!(Instant::now() < end, "who waited is refused on");
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

fn cards() -> Result<()> {
    let ward = OneNode::with(|config| {
        config.insert("limits".to_owned(), table(&[("logins_per_minute", Value::Integer(2))]));
    })?;
    let card = ward.card(AMIRA)?;
    ward.agent.sign_in(&card)?;
    ward.agent.sign_in(&card)?;
    let refused = ward.agent.sign_in(&card).err().context("a third login")?;
    ensure!(format!("{refused:#}").contains("too many logins of this card"), "{refused:#}");
    Ok(())
}

/// Over plain HTTP, as a proxy that ends TLS speaks to the node.
fn proxy() -> Result<()> {
    let ward = OneNode::with(|config| {
        config.remove("tls");
        let trusted = Value::Array(vec![Value::String("127.0.0.0/8".to_owned())]);
        config.insert("proxy".to_owned(), table(&[("trusted", trusted)]));
        one_a_second(config);
    })?;
    let ask = |forwarded: &str| -> Result<u16> {
        Ok(ward.agent.get_with("/health", &[("x-forwarded-for", forwarded)])?.status)
    };
    let end = Instant::now() + PATIENCE;
    // What the client itself writes in front makes it no other client.
    let mut made_up = 0;
    while ask(&format!("198.51.100.{made_up}, 192.0.2.1"))? == 200 {
        ensure!(Instant::now() < end, "nobody waits");
        made_up = (made_up + 1) % 250;
    }
    ensure!(ask("192.0.2.2")? == 200, "another client waits for the first");
    // An assertion names the client, not the proxy.
    let session = ward.sign_in(AMIRA)?;
    let path = wardkey_spine::role_assertion_path(&session.ticket()?);
    let asserted = ward.agent.get_with(&path, &[("x-forwarded-for", "192.0.2.77")])?;
    ensure!(asserted.body.contains("IPAddress=\"192.0.2.77\""), "{asserted:?}");
    Ok(())
}

fn metrics() -> Result<()> {
    let port = free_port()?;
    let ward = OneNode::with(|config| {
        let listen = Value::String(format!("127.0.0.1:{port}"));
        config.insert("metrics_listen".to_owned(), listen);
    })?;
    let session = ward.sign_in(AMIRA)?;
    ward.agent.assertion(&session)?;
    ward.agent.sign_out(&session)?;
    let mut answer = ureq::get(format!("http://127.0.0.1:{port}/metrics")).call()?;
    let told = answer.body_mut().read_to_string()?;
    for line in [
        "wardkey_logins_total{outcome=\"ok\"} 1",
        "wardkey_sessions_ended_total{cause=\"logout\"} 1",
        "wardkey_sessions 0",
        "wardkey_request_seconds_count{route=\"/saml/RoleAssertion\",status=\"200\"} 1",
    ] {
        ensure!(told.lines().any(|told| told == line), "{line} is not told: {told}");
    }
    ensure!(!told.contains(AMIRA.uid) && !told.contains(&session.id), "it names somebody");
    Ok(())
}

fn told_late() -> Result<()> {
    let mut ward = OneNode::start()?;
    let port = free_port()?;
    let origin = format!("http://localhost:{port}");
    ward.node.command(&["relying-party", "add", "--name", "App", &origin])?;
    let session = ward.sign_in(AMIRA)?;
    ward.listen(&session, &format!("{origin}/notify"))?;
    ward.agent.sign_out(&session)?;
    // It is tried, in vain; and then the node is gone.
    std::thread::sleep(Duration::from_millis(300));
    ward.node.kill()?;
    ward.node.start()?;
    let heard = listener::start_at(port)?;
    let body = heard.recv_timeout(PATIENCE).context("nobody told the app")?;
    ensure!(body.contains(session.ticket()?.expose().trim_end_matches('#')), "{body}");
    Ok(())
}

const PATIENCE: Duration = Duration::from_secs(20);
