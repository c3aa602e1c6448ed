//! The app in Chromium, as each bundler built it, with the extension and without.

use std::{fs, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::world::{Test, With, World, fixtures};

pub const TRIALS: &[(&str, Test)] = &[
    ("bundlers::a_script_of_the_page", |world| works(world, "plain")),
    ("bundlers::vite", |world| works(world, "vite")),
    ("bundlers::webpack", |world| works(world, "webpack")),
    ("bundlers::esbuild", |world| works(world, "esbuild")),
    ("bundlers::next", next),
    ("bundlers::what_signs_in_and_signs_is_small", size),
];

fn works(world: &mut World, folder: &str) -> Result<()> {
    let pages = world.serve(folder, &[])?;
    let said = |world: &mut World, with| {
        world.open(with, &pages, "")?;
        world.said(with).context(folder.to_owned())
    };
    let full = said(world, With::Everything)?;
    ensure!(full["agent"] == env!("CARGO_PKG_VERSION"), "{full}");
    let bare = said(world, With::Nothing)?;
    ensure!(bare["code"] == "extension_missing", "{bare}");
    ensure!(bare["remedy"].as_str().is_some_and(|remedy| remedy.contains("Install")), "{bare}");

    let text = |name| fs::read_to_string(fixtures().join(name));
    let note = json!({
        "note": text("note.jws")?,
        "root": text("root.pem")?,
        "list": text("root.crl")?,
        "time": "2026-11-23T09:45:00Z",
    });
    let verdict = world.script(With::Nothing, &format!("return window.verifyNote({note});"))?;
    ensure!(verdict == "valid", "{verdict}");
    Ok(())
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
