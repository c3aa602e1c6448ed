use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::json;
use wardkey_tests::{
    figure::{Figure, median},
    stage::{AMIRA, CardStore, Desktop, Host, Identity, Ports, Programs, Reader, Relay, pss},
};

/// What needs no page: start, memory.
pub fn measure() -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let programs = Programs::find()?;
    let desktop = Desktop::start(false)?;
    let ports = Ports::choose()?;
    let origin = "http://localhost:8080";
    let identity = Identity::start(&programs, &folder.path().join("identity"), origin, &ports)?;
    let card = CardStore::for_user(&programs, &identity, folder.path(), AMIRA)?;
    let reader = Reader::start(&programs, &folder.path().join("reader"), &card)?;
    let host = Host::set_up(&folder.path().join("host"), &identity, origin)?;
    let environment = [
        ("WARDKEY_INSTANCE", host.folder().to_owned()),
        ("PCSCLITE_CSOCK_NAME", reader.socket().to_owned()),
        ("DISPLAY", desktop.display().into()),
    ];
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    let mut memory = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        host.kill_agent();
        cold.push(start(&programs, &environment, origin)?.0);
        let (took, relay) = start(&programs, &environment, origin)?;
        warm.push(took);
        let agent = host.agent().context("no agent")?;
        memory.0.push(pss(agent.as_raw_nonzero().get().unsigned_abs())?);
        memory.1.push(pss(relay.id())?);
    }
    Ok(vec![
        Figure::new("road", "cold start: relay and agent to first answer", "ms", median(cold))
            .beside("Web eID, each call (published)", WEB_EID_CALL)
            .at_most(100.0),
        Figure::new("road", "start of a relay with the agent warm", "ms", median(warm)),
        Figure::new("road", "agent, PSS", "MB", median(memory.0)),
        Figure::new("road", "relay, PSS", "MB", median(memory.1)),
    ])
}

/// Milliseconds from the relay's start to its first `status`.
fn start(
    programs: &Programs,
    environment: &[(&str, std::path::PathBuf)],
    origin: &str,
) -> Result<(f64, Relay)> {
    let begun = Instant::now();
    let mut relay = Relay::start(programs, environment)?;
    relay.open(1, origin)?;
    relay.call(1, "status", json!({}))?;
    Ok((begun.elapsed().as_secs_f64() * 1000.0, relay))
}

const RUNS: usize = 15;
/// The median from spawn to reply that was measured of Web eID 2.9 on a like machine.
const WEB_EID_CALL: f64 = 35.0;
