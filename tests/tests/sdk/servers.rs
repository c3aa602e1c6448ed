//! Backends: Node, where what verifies does and importing the rest is harmless, and another language.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::world::{Test, World, fixtures, repository};

pub const TRIALS: &[(&str, Test)] =
    &[("servers::node", node), ("servers::python_agrees_with_the_vectors_of_tokens", python)];

fn node(world: &mut World) -> Result<()> {
    let app = world.apps()?;
    let output =
        Command::new("node").current_dir(app).arg("server.mjs").arg(fixtures()).output()?;
    let trouble = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{trouble}");
    let said: Value = serde_json::from_slice(&output.stdout).context("not JSON")?;
    let expected = json!({"slim": "function", "missing": "extension_missing", "verdict": "valid"});
    ensure!(said == expected, "{said}");
    Ok(())
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
