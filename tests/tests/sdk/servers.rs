//! Backends: Node, where what verifies does and importing the rest is harmless, and another language.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::world::{Test, World, fixtures, repository};

pub const TRIALS: &[(&str, Test)] = &[
    ("servers::node", |world| node(world, Path::new("node"), "v")),
    ("servers::the_latest_node", |world| node(world, &latest_node(), "v26.")),
    ("servers::python_agrees_with_the_vectors_of_tokens", python),
    ("servers::programs_of_others_agree_with_the_vectors_of_signatures", signatures),
];

fn node(world: &mut World, program: &Path, version: &str) -> Result<()> {
    let says = Command::new(program).arg("--version").output().context("no Node")?.stdout;
    ensure!(says.starts_with(version.as_bytes()), "{}", String::from_utf8_lossy(&says));
    let app = world.apps()?;
    let output =
        Command::new(program).current_dir(app).arg("server.mjs").arg(fixtures()).output()?;
    let trouble = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{trouble}");
    let said: Value = serde_json::from_slice(&output.stdout).context("not JSON")?;
    let expected = json!({"slim": "function", "missing": "extension_missing", "verdict": "valid"});
    ensure!(said == expected, "{said}");
    Ok(())
}

/// npm has it as a package for each kind of processor.
fn latest_node() -> PathBuf {
    let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let package = format!("node_modules/node-linux-{processor}/bin/node");
    repository().join("tests/outsiders/bundlers").join(package)
}

fn python(_: &mut World) -> Result<()> {
    let python = repository().join("target/outsiders/bin/python3");
    let output = Command::new(python)
        .arg(repository().join("tests/outsiders/verify_token.py"))
        .arg(repository().join("docs/vectors/authenticate.json"))
        .output()?;
    let (said, trouble) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success() && said.trim().parse::<u32>()? > 10, "{said}{trouble}");
    Ok(())
}

/// Their verdicts are the reports', whose form is that of the schema.
fn signatures(world: &mut World) -> Result<()> {
    let vectors = repository().join("docs/vectors");
    let file = std::fs::File::open(vectors.join("signatures.json"))?;
    let output = Command::new(repository().join("target/outsiders/bin/python3"))
        .arg(repository().join("tests/outsiders/check_signatures.py"))
        .stdin(file)
        .output()?;
    let (said, trouble) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{said}{trouble}");
    let text = std::fs::read_to_string(vectors.join("signatures.json"))?;
    let read: Value = serde_json::from_str(&text)?;
    let cases = read["cases"].as_array().context("no cases")?;
    ensure!(said.lines().count() == cases.len(), "{said}");
    for (case, line) in cases.iter().zip(said.lines()) {
        let (name, found) = line.split_once(' ').context("no verdict")?;
        // What of a prescription is signed they do not know.
        let expected = if name == "prescription_changed" {
            json!("valid")
        } else {
            case["report"]["verdict"].clone()
        };
        ensure!(case["name"] == name && expected == found, "{line}, not {expected}");
    }
    let bundlers = repository().join("tests/outsiders/bundlers");
    let package = world.apps()?.join("node_modules/wardkey");
    let mut node = Command::new("node");
    let output =
        node.arg(bundlers.join("check_reports.mjs")).arg(&vectors).arg(package).output()?;
    let trouble = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{trouble}");
    let tokens: Value =
        serde_json::from_str(&std::fs::read_to_string(vectors.join("authenticate.json"))?)?;
    let held = [cases.len(), tokens["cases"].as_array().context("no tokens")?.len()];
    ensure!(String::from_utf8(output.stdout)?.trim() == held.map(|it| it.to_string()).join(" "));
    Ok(())
}
