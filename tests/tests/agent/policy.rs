//! What administrators ask of a policy, and an agent that outlives an update.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use wardkey_tests::stage::{Relay, built};

use crate::ward::{ORIGIN, PORT, Ward};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("policy::check_tells_every_error_and_show_says_where_values_stand", console),
    ("policy::an_agent_goes_on_after_an_update_of_its_program", updated),
];

fn console() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let own = folder.path().join("policy.toml");
    let policy = |arguments: &[&str]| -> Result<Output> {
        let mut command = Command::new(built("wardkey-host")?);
        command.arg("policy").args(arguments).env("WARDKEY_INSTANCE", folder.path());
        Ok(command.output()?)
    };
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/policy");
    for file in ["policy.toml", "wardkey.reg"] {
        let output = policy(&["check", &example.join(file).to_string_lossy()])?;
        ensure!(output.status.success(), "{file}: {output:?}");
    }

    let text = fs::read_to_string(example.join("policy.toml"))?;
    fs::write(&own, text.replace("removal =", "removel =").replace("\"sign\"", "\"sing\""))?;
    let output = policy(&["check"])?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success(), "{output:?}");
    for (key, meant) in [("server[1].removel", "`removal`"), ("capabilities[1]", "`sign`")] {
        let line = errors.lines().find(|line| line.contains(key));
        let line = line.with_context(|| format!("{key}: {errors}"))?;
        ensure!(line.contains("policy.toml:") && line.contains(meant), "{line}");
    }
    ensure!(!policy(&["show"])?.status.success(), "a policy with errors is in force");

    fs::write(&own, &text)?;
    // The files that the example names are on no computer.
    ensure!(!policy(&["check"])?.status.success(), "missing files are no problem");
    let shown: Vec<Value> = serde_json::from_slice(&policy(&["show", "--json"])?.stdout)?;
    let setting = |key: &str| shown.iter().find(|setting| setting["key"] == key).cloned();
    let line = 1 + text.lines().position(|line| line == "seconds = 300").unwrap_or_default();
    let source = format!("{}:{line}", own.display());
    let seconds = json!({"key": "batch.seconds", "value": 300, "source": source});
    ensure!(setting("batch.seconds") == Some(seconds), "{:?}", setting("batch.seconds"));
    let bytes = json!({"key": "batch.bytes", "value": 134_217_728, "source": "built in"});
    ensure!(setting("batch.bytes") == Some(bytes), "{:?}", setting("batch.bytes"));
    ensure!(setting("server[1].other_card").is_some_and(|it| it["value"] == "suspend"));
    Ok(())
}

/// A package's update replaces the program of an agent that has a session.
fn updated() -> Result<()> {
    let mut ward = Ward::usual()?;
    let built = ward.programs.host.clone();
    let installed = ward.folder.path().join("wardkey-host");
    fs::copy(&built, &installed)?;
    ward.programs.host = installed.clone();
    ward.restart_agent()?;
    ward.sign_in()?;
    let agent = ward.host.agent().context("no agent")?;

    let new = installed.with_extension("dpkg-new");
    fs::copy(&built, &new)?;
    fs::rename(&new, &installed)?;
    // Its card process has to be another too.
    for process in children(agent)? {
        kill_process(process, Signal::KILL)?;
    }
    ward.reader.remove()?;
    ward.reader.insert()?;
    ward.wait_for_card()?;
    ward.sign_in()?;
    // A browser that starts now has the new relay, and the same agent.
    let mut relay = Relay::start(&ward.programs, &ward.environment())?;
    relay.open(PORT, ORIGIN)?;
    let status = relay.call(PORT, "status", json!({}))?;
    ensure!(status["ok"]["cardPresent"] == true, "{status}");
    ensure!(ward.host.agent() == Some(agent), "the agent ended");
    Ok(())
}

fn children(process: Pid) -> Result<Vec<Pid>> {
    let mut children = Vec::new();
    for task in fs::read_dir(format!("/proc/{}/task", process.as_raw_pid()))? {
        let listed = fs::read_to_string(task?.path().join("children"))?;
        let pids = listed.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?));
        children.extend(pids);
    }
    Ok(children)
}
