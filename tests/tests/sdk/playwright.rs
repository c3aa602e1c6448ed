//! The documents' page and the documents' test of it, as a developer has them: over the simulator, by
//! Vite's own server, in Playwright.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use wardkey_tests::stage::{Process, built, free_port};

use super::{
    documents,
    world::{Test, World, repository},
};

pub const TRIALS: &[(&str, Test)] =
    &[("playwright::the_documents_test_runs_on_the_documents_page", headless)];

fn headless(world: &mut World) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-playwright-").tempdir()?;
    let folder = folder.path();
    let origin = format!("http://localhost:{}", free_port()?);
    let data = folder.join("data");

    let programs = folder.join("wardkey-simulator");
    fs::create_dir(&programs)?;
    for program in ["wardkey-simulator", "wardkey-host", "wardkey-identity"] {
        symlink(built(program)?, programs.join(program))?;
    }
    symlink(&world.programs.extension, programs.join("extension"))?;
    let mut run = Command::new(programs.join("wardkey-simulator"));
    run.args(["run", "--answer", "--origin", &origin]).env("XDG_DATA_HOME", &data);
    let mut simulator = Process::start("simulator", &mut run)?;
    simulator.wait_for_line("ready", STARTS)?;

    let ward = folder.join("ward");
    let installed = world.apps()?.join("node_modules/wardkey");
    fs::create_dir_all(ward.join("node_modules"))?;
    symlink(installed, ward.join("node_modules/wardkey"))?;
    fs::write(ward.join("index.html"), page()?)?;
    let vite = repository().join("tests/outsiders/bundlers/node_modules/vite/bin/vite.js");
    let (_, port) = origin.rsplit_once(':').context("no port")?;
    let mut serve = Command::new("node");
    serve.arg(vite).args(["--port", port, "--strictPort"]).current_dir(&ward).env("NO_COLOR", "1");
    let mut server = Process::start("Vite", &mut serve)?;
    server.wait_for_line("ready", STARTS)?;

    let modules = repository().join("tests/outsiders/node/node_modules");
    symlink(modules, folder.join("node_modules"))?;
    let test = folder.join("headless.mjs");
    fs::write(&test, sample(&origin, folder)?)?;
    let mut node = Command::new("timeout");
    node.args(["90", "node"]).arg(&test).current_dir(folder).env("XDG_DATA_HOME", &data);
    let output = node.output()?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    Ok(())
}

/// The page that developers are given.
fn page() -> Result<String> {
    let document = "docs/simulator.md";
    let blocks = documents::blocks(document)?;
    let page = blocks.iter().find_map(|(_, text)| {
        let (_, page) = text.split_once("<<'HTML'\n")?;
        page.split_once("\nHTML\n").map(|(page, _)| page.to_owned())
    });
    page.context("no page")
}

/// The test, at another port and with its profile in this folder.
fn sample(origin: &str, folder: &Path) -> Result<String> {
    let blocks = documents::blocks("docs/testing.md")?;
    let mut blocks = blocks.into_iter().map(|(_, text)| text);
    let test = blocks.find(|text| text.contains("playwright-core")).context("no test")?;
    let changed = test.replace("http://localhost:5173", origin);
    let profile = folder.join("profile-").display().to_string();
    ensure!(test.contains("/tmp/ward-") && changed != test);
    Ok(changed.replace("/tmp/ward-", &profile))
}

const STARTS: Duration = Duration::from_secs(60);
