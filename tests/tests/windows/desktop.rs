//! What the desktop says: locked screens, remote desktops that are disconnected, sleep. Wine says none of
//! it; a program of the trials sends the agent's window the messages that Windows would.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::json;
use wardkey_tests::stage::{Desktop, Relay, Wine};

use crate::world::{Answers, PORT, Test, World, finding};

pub const TRIALS: &[(&str, Test)] =
    &[("desktop::locked_screens_and_sleep_are_followed_by_sessions", followed)];

fn followed(world: &mut World) -> Result<()> {
    let desktop = Desktop::start(false)?;
    world.show_on(&desktop, Answers::Simulated, RULES)?;
    let program = world.file("tell.exe");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/windows/tell.c");
    Wine::compile(&[&source], &program)?;
    let _desk = world.desk()?;
    let mut page = world.page()?;
    page.call(PORT, "subscribe", json!({}))?;
    sign_in(&mut page)?;
    let report = world.json(&["doctor", "--json"])?;
    finding(&report, "policy")?;
    ensure!(!report.to_string().contains("policy_desktop_unheard"), "{report:#}");

    // Whoever closes all windows leaves this one.
    for (back, gone) in [
        ("close", "lock"),
        ("unlock", "lock"),
        ("remote-connect", "remote-disconnect"),
        ("switch-back", "switch-away"),
    ] {
        tell(world, &program, back)?;
        let status = page.call(PORT, "status", json!({}))?;
        ensure!(status["ok"]["session"]["state"] == "active", "{back}: {status}");
        tell(world, &program, gone)?;
        let locked = page.event(PORT, "session_locked")?;
        ensure!(locked["data"]["cause"] == "screen_locked", "{gone}: {locked}");
        sign_in(&mut page)?;
    }
    tell(world, &program, "wake")?;
    let status = page.call(PORT, "status", json!({}))?;
    ensure!(status["ok"]["session"]["state"] == "active", "{status}");
    tell(world, &program, "sleep")?;
    let ended = page.event(PORT, "session_ended")?;
    ensure!(ended["data"]["cause"] == "slept", "{ended}");
    Ok(())
}

fn sign_in(page: &mut Relay) -> Result<()> {
    let answer = page.call(PORT, "sign_in", json!({}))?;
    ensure!(answer["ok"]["session"]["state"] == "active", "{answer}");
    Ok(())
}

fn tell(world: &World, program: &Path, what: &str) -> Result<()> {
    let output = world.wine.command(program).arg(what).output()?;
    ensure!(output.status.success(), "nobody listens for {what}: {output:?}");
    Ok(())
}

const RULES: &str = "on_screen_lock = 'lock'\non_sleep = 'end'\n";
