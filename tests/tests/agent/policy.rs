//! What administrators ask of a policy, and an agent that outlives an update.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use wardkey_tests::stage::{Programs, Relay, built};

use crate::ward::{ORIGIN, PORT, Ward};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("policy::who_reads_what_is_printed_may_stop", closed),
    ("policy::check_tells_every_error_and_show_says_where_values_stand", console),
    ("policy::an_agent_goes_on_after_an_update_of_its_program", updated),
    ("policy::an_administrator_forbids_agents_beside_the_users_own", other_instances),
];

fn closed() -> Result<()> {
    let (reader, writer) = std::io::pipe()?;
    drop(reader);
    let mut command = Command::new(built("wardkey-host")?);
    let ended = command.args(["policy", "schema"]).stdout(writer).output()?;
    ensure!(ended.status.code() == Some(141), "{}", ended.status);
    ensure!(ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
    Ok(())
}

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

fn other_instances() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    for name in ["etc/wardkey", "runtime", "data", "other"] {
        fs::create_dir_all(path(name))?;
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o700))?;
    }
    let policy = |allows: bool| {
        let text = format!("other_instances = {allows}\n[agent]\nidle_seconds = 1\n");
        fs::write(path("etc/wardkey/policy.toml"), text)
    };
    // What a user wrote allows nothing.
    fs::write(path("other/policy.toml"), "other_instances = true\n")?;
    // With another `/etc` than the computer's.
    let run = |other: bool, arguments: &[&str]| -> Result<Output> {
        let script = "mount --bind \"$1\" /etc && shift && exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        command.arg(path("etc")).arg(built("wardkey-host")?).args(arguments);
        command.env("XDG_RUNTIME_DIR", path("runtime")).env("XDG_DATA_HOME", path("data"));
        command.env_remove("WARDKEY_INSTANCE").stdin(Stdio::null());
        if other {
            command.env("WARDKEY_INSTANCE", path("other"));
        }
        Ok(command.output()?)
    };
    policy(false)?;
    if !run(true, &["--version"])?.status.success() {
        println!("SKIPPED policy::an_administrator_forbids: no mount namespaces here");
        return Ok(());
    }
    let said = |output: &Output| {
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        String::from_utf8_lossy(&text).into_owned()
    };
    let extension = format!("chrome-extension://{}/", Programs::find()?.extension_id()?);
    let refused = [
        (vec![extension.as_str()], Some(0)),
        (vec!["user"], Some(3)),
        (vec!["passcode", "change"], Some(3)),
        (vec!["agent"], Some(1)),
        (vec!["doctor", "--json"], Some(1)),
    ];
    for (arguments, status) in &refused {
        let output = run(true, arguments)?;
        ensure!(output.status.code() == *status, "{arguments:?}: {output:?}");
        ensure!(said(&output).contains("instance_forbidden"), "{arguments:?}: {output:?}");
    }
    ensure!(!path("other/agent.lock").exists(), "an agent ran beside the user's own");
    // The user's own agent runs, and there is nothing else that it would do for a script.
    let output = run(false, &["user"])?;
    ensure!(said(&output).contains("(program_not_admitted)"), "{output:?}");
    policy(true)?;
    let output = run(true, &["user"])?;
    ensure!(said(&output).contains("(program_not_admitted)"), "{output:?}");
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
