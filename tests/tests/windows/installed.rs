//! What browsers find after `install`, and what `doctor` finds.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::Wine;

use crate::world::{HOST, PORT, Test, World, finding};

pub const TRIALS: &[(&str, Test)] = &[
    ("installed::browsers_are_told_by_the_registry", by_the_registry),
    ("installed::two_relays_greet_one_agent_by_its_pipe", one_agent),
    ("installed::the_doctor_sees_registry_pipe_and_winscard", doctor),
    ("installed::nothing_is_left_by_uninstall_but_what_is_not_ours", uninstalled),
];

fn by_the_registry(world: &mut World) -> Result<()> {
    let (good, said) = world.host(&["install"])?;
    ensure!(good, "{said}");
    for (key, admitted) in BROWSERS {
        let file = registered(world, key)?.with_context(|| format!("{key} is not there"))?;
        let manifest: Value = serde_json::from_slice(&fs::read(world.wine.here(&file)?)?)?;
        let program = Wine::there(&world.wine.program(HOST));
        ensure!(manifest["path"] == program && manifest["type"] == "stdio", "{manifest}");
        ensure!(manifest["name"] == NAME && manifest[admitted][0].is_string(), "{manifest}");
        ensure!(said.contains(&file), "{said}");
    }
    Ok(())
}

fn one_agent(world: &mut World) -> Result<()> {
    let (mut first, mut second) = (world.page()?, world.page()?);
    let pid = || fs::read_to_string(world.instance()?.join("agent.lock")).context("no lock");
    let agent = pid()?;
    for page in [&mut first, &mut second] {
        let status = page.call(PORT, "status", json!({}))?;
        ensure!(status["ok"].is_object(), "{status}");
    }
    ensure!(pid()? == agent, "another agent");
    // The one that is there is met by who comes later too, when nobody else is.
    drop((first, second));
    let status = world.page()?.call(PORT, "status", json!({}))?;
    ensure!(status["ok"].is_object() && pid()? == agent, "{status}");
    Ok(())
}

fn doctor(world: &mut World) -> Result<()> {
    drop(world.page()?);
    let report = world.json(&["doctor", "--json"])?;
    for code in ["agent", "host", "policy", "server"] {
        ensure!(finding(&report, code)?["state"] == "ok", "{code}: {report:#}");
    }
    // Another instance has no policy, and there the cards are Windows' own. WinSCard is asked for
    // them, which under Wine 8 has no service; the module process answers, and has seen none.
    let mut doctor = world.wine.built(HOST);
    let other = Wine::there(&world.file("other-instance"));
    let output = doctor.args(["doctor", "--json"]).env("WARDKEY_INSTANCE", other).output()?;
    let report: Value = serde_json::from_slice(&output.stdout)?;
    finding(&report, "policy_missing")?;
    ensure!(finding(&report, "module")?["found"].to_string().contains("PIV"), "{report:#}");
    let findings = report["findings"].as_array().context("no findings")?;
    ensure!(findings.iter().any(|finding| finding["subject"] == "reader_service"), "{report:#}");
    Ok(())
}

fn uninstalled(world: &mut World) -> Result<()> {
    let (key, _) = BROWSERS[0];
    let foreign = world.file("foreign.json");
    fs::write(&foreign, json!({ "name": "org.example.other" }).to_string())?;
    let file = |key| anyhow::Ok(world.wine.here(&registered(world, key)?.context("no key")?)?);
    let files = BROWSERS.iter().map(|(key, _)| file(key)).collect::<Result<Vec<_>>>()?;
    // Somebody else has taken this browser's key since.
    let place = Wine::there(&foreign);
    let mut add = world.wine.command("reg");
    add.args(["add", &full(key), "/ve", "/d", &place, "/f"]);
    ensure!(add.output()?.status.success(), "reg add");
    let (good, said) = world.host(&["uninstall"])?;
    ensure!(good, "{said}");
    ensure!(registered(world, key)?.as_deref() == Some(&*place), "{key} was not ours");
    for (key, _) in &BROWSERS[1..] {
        ensure!(registered(world, key)?.is_none(), "{key} is there");
    }
    ensure!(files.iter().all(|file| !file.exists()), "{files:?}");
    ensure!(foreign.exists());
    Ok(())
}

/// The manifest that a browser is told of.
fn registered(world: &World, key: &str) -> Result<Option<String>> {
    let output = world.wine.command("reg").args(["query", &full(key), "/ve"]).output()?;
    if !output.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, value) = said.split_once("REG_SZ").with_context(|| said.clone())?;
    Ok(Some(value.trim().to_owned()))
}

fn full(key: &str) -> String {
    format!(r"HKCU\Software\{key}\NativeMessagingHosts\{NAME}")
}

/// Where each looks, and what it calls those that may connect.
const BROWSERS: [(&str, &str); 3] = [
    (r"Google\Chrome", "allowed_origins"),
    (r"Microsoft\Edge", "allowed_origins"),
    ("Mozilla", "allowed_extensions"),
];
const NAME: &str = "org.wardkey.host";
