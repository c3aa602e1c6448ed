//! The built programs, the packed npm package and the packed extension.

use std::{
    fs,
    io::IsTerminal as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::command::{Compiler, built, cargo_of_all, command, repository, run};

/// Builds and packs everything, and unpacks the packed artefacts where the stage finds them:
/// what is tested is what is handed out.
pub fn build(compiler: Compiler) -> Result<()> {
    build_with(&[], &built()?, compiler)
}

/// The same with everything optimised, for measuring.
pub fn build_release() -> Result<()> {
    build_with(&["--release"], &built()?.with_file_name("release"), Compiler::Rustc)
}

fn build_with(profile: &[&str], built: &Path, compiler: Compiler) -> Result<()> {
    programs(profile, compiler)?;
    let tarball = npm_package(built)?;
    let [chromium, _, firefox] = extension()?;
    let folder = built.join("artefacts");
    let npm = folder.join("npm");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&npm)?;
    run(command("tar").arg("-xzf").arg(&tarball).arg("-C").arg(&npm))?;
    fs::create_dir_all(folder.join("extension"))?;
    fs::copy(&firefox, folder.join("wardkey-firefox.xpi"))?;
    run(command("node").arg("extension/unpack.mjs").arg(&chromium).arg(folder.join("extension")))
}

/// Builds every program, and the Ticket API's library.
pub fn programs(profile: &[&str], compiler: Compiler) -> Result<()> {
    let mut programs = cargo_of_all("build", compiler);
    // With the examples Cargo counts the dependencies of tests in, so that these need no others.
    programs.args(["--bins", "--examples", "--lib"]).args(profile);
    if !std::io::stderr().is_terminal() {
        // Cargo shows a terminal how far it is.
        programs.arg("--quiet");
    }
    if !built()?.join("wardkey-host").exists() {
        println!("Building the programs, which takes half an hour on two cores the first time.");
    }
    run(&mut programs)
}

/// Builds the npm package, by its program in a folder of built ones; the tarball's path.
pub fn npm_package(built: &Path) -> Result<PathBuf> {
    run(&mut Command::new(built.join("wardkey-sdk-build")))?;
    last_npm_package()
}

/// The npm package as it was last built.
pub fn last_npm_package() -> Result<PathBuf> {
    newest("sdk-wasm/npm", ".tgz")
}

/// Packs the extension for Chromium, Edge and Firefox; the archives' paths.
pub fn extension() -> Result<[PathBuf; 3]> {
    run(command("node").arg("extension/pack.mjs"))?;
    let dist = repository().join("extension/dist");
    Ok(["wardkey-chromium.zip", "wardkey-edge.zip", "wardkey-firefox.xpi"]
        .map(|name| dist.join(name)))
}

fn newest(folder: &str, ending: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(repository().join(folder))?;
    let named = |path: &PathBuf| path.to_string_lossy().ends_with(ending);
    let mut found: Vec<_> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(named).collect();
    found.sort_by_key(|path| path.metadata().and_then(|metadata| metadata.modified()).ok());
    found.pop().with_context(|| format!("no {ending} in {folder}"))
}
