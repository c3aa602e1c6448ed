//! The app as each bundler built it and each framework serves it, with the extension and without.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::Process;

use super::world::{Test, With, World, fixtures, repository};

pub const TRIALS: &[(&str, Test)] = &[("bundlers::what_signs_in_and_signs_is_small", size)];

pub const IN_BOTH: &[(&str, Test)] = &[
    ("bundlers::a_script_of_the_page", |world| works(world, "plain")),
    ("bundlers::vite", |world| works(world, "vite")),
    ("bundlers::vites_own_server", vite_server),
    ("bundlers::webpack", |world| works(world, "webpack")),
    ("bundlers::esbuild", |world| works(world, "esbuild")),
    ("bundlers::next", next),
    ("bundlers::nexts_own_server", |world| next_server(world, "next")),
    ("bundlers::nexts_server_of_developers", |world| next_server(world, "next-dev")),
];

fn works(world: &mut World, folder: &str) -> Result<()> {
    let pages = world.serve(folder, &[])?;
    works_at(world, &pages.at("")).context(folder.to_owned())
}

/// The app finds the extension, by either entry, or says that there is none; it has the elements, and verifies.
fn works_at(world: &mut World, address: &str) -> Result<()> {
    world.open_at(With::Everything, address)?;
    let full = world.said(With::Everything)?;
    ensure!(full["agent"] == env!("CARGO_PKG_VERSION"), "{full}");
    let slim = world.script(With::Everything, "return window.connectSlim();")?;
    ensure!(slim == env!("CARGO_PKG_VERSION"), "slim: {slim}");
    let elements = "return ['wardkey-session', 'wardkey-sign', 'wardkey-sign-in']
        .filter((name) => !customElements.get(name));";
    let lacking = world.script(With::Everything, elements)?;
    ensure!(lacking == json!([]), "not defined: {lacking}");
    world.open_at(With::Nothing, address)?;
    let bare = world.said(With::Nothing)?;
    ensure!(bare["code"] == "extension_missing", "{bare}");
    ensure!(bare["remedy"].as_str().is_some_and(|remedy| remedy.contains("Install")), "{bare}");
    verifies(world, With::Nothing)
}

/// The app of the page that is open verifies a note.
pub fn verifies(world: &World, with: With) -> Result<()> {
    let verdict = world.script(with, &format!("return window.verifyNote({});", note()?))?;
    ensure!(verdict == "valid", "{verdict}");
    Ok(())
}

/// A signed note, and whom to trust when.
fn note() -> Result<Value> {
    let text = |name| fs::read_to_string(fixtures().join(name));
    Ok(json!({
        "note": text("note.jws")?,
        "root": text("root.pem")?,
        "list": text("root.crl")?,
        "time": "2026-11-23T09:45:00Z",
    }))
}

/// As while it is developed: modules as they are, and packages put together when they are first asked for.
fn vite_server(world: &mut World) -> Result<()> {
    let (_server, address) = served(world, "vite")?;
    works_at(world, &address)
}

/// Pages are made at the server for each request, where routes verify.
fn next_server(world: &mut World, how: &str) -> Result<()> {
    let (_server, address) = served(world, how)?;
    works_at(world, &address)?;
    let server =
        world.script(With::Nothing, "return document.querySelector('#server').innerText;")?;
    ensure!(server == "extension_missing", "on the server it says {server}");
    let asked = format!(
        "const answer = await fetch('/verify', {{ method: 'POST', body: {} }});
         return answer.json();",
        Value::String(note()?.to_string())
    );
    let verdict = world.script(With::Nothing, &asked)?;
    ensure!(verdict == "valid", "the route says {verdict}");
    Ok(())
}

/// A framework's own server of the app, and its address.
fn served(world: &mut World, how: &str) -> Result<(Process, String)> {
    world.apps()?;
    let port = world.port()?.to_string();
    let mut node = Command::new("node");
    node.arg(repository().join("tests/outsiders/bundlers/serve.mjs")).args([how, &port]);
    let mut server = Process::start(how, &mut node)?;
    server.wait_for_line("ready", STARTS)?;
    Ok((server, format!("http://localhost:{port}/")))
}

/// Its pages are made on the server first, where the package is imported too.
fn next(world: &mut World) -> Result<()> {
    let folder = "next/out";
    let page = fs::read_to_string(world.apps()?.join(folder).join("index.html"))?;
    ensure!(page.contains("<wardkey-sign-in>"), "{page}");
    works(world, folder)?;
    let session = "document.querySelector('#session').textContent === 'nobody'";
    world.wait_for(With::Everything, session)
}

fn size(world: &mut World) -> Result<()> {
    let bundle = world.apps()?.join("size/main.js");
    let output = Command::new("gzip").args(["-9", "-c"]).arg(&bundle).output()?;
    println!("loader and core, gzipped: {} octets", output.stdout.len());
    ensure!(output.status.success() && output.stdout.len() <= MOST, "{}", output.stdout.len());
    Ok(())
}

/// Octets, of loader and core together.
const MOST: usize = 60_000;
const STARTS: Duration = Duration::from_secs(60);
