//! The built programs, the packed npm package and the packed extension.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::command::{built, cargo, command, repository, run};

/// The programs that run in the demo and in the tests.
const PROGRAMS: [&str; 4] =
    ["wardkey-host", "wardkey-identity", "wardkey-card-simulator", "wardkey-demo-app"];

/// Builds and packs everything, and unpacks the packed artefacts where the stage finds them:
/// what is tested is what is handed out.
pub fn build() -> Result<()> {
    build_with(&[], &built()?)
}

/// The same with everything optimised, for measuring.
pub fn build_release() -> Result<()> {
    build_with(&["--release"], &built()?.with_file_name("release"))
}

fn build_with(profile: &[&str], built: &Path) -> Result<()> {
    let mut programs = cargo();
    programs.args(["build", "--quiet"]).args(profile);
    for program in PROGRAMS {
        programs.args(["--package", program]);
    }
    run(&mut programs)?;
    let tarball = npm_package()?;
    let extension = extension()?;
    let folder = built.join("artefacts");
    let npm = folder.join("npm");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&npm)?;
    run(command("tar").arg("-xzf").arg(&tarball).arg("-C").arg(&npm))?;
    fs::create_dir_all(folder.join("extension"))?;
    run(command("node").arg("extension/unpack.mjs").arg(&extension).arg(folder.join("extension")))
}

/// Builds the npm package; the tarball's path.
pub fn npm_package() -> Result<PathBuf> {
    run(cargo().args(["run", "--quiet", "--package", "wardkey-sdk-build"]))?;
    newest("sdk-wasm/npm", ".tgz")
}

/// Packs the extension for Chromium; the zip's path.
pub fn extension() -> Result<PathBuf> {
    run(command("node").arg("extension/pack.mjs"))?;
    newest("extension/dist", ".zip")
}

fn newest(folder: &str, ending: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(repository().join(folder))?;
    let named = |path: &PathBuf| path.to_string_lossy().ends_with(ending);
    let mut found: Vec<_> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(named).collect();
    found.sort_by_key(|path| path.metadata().and_then(|metadata| metadata.modified()).ok());
    found.pop().with_context(|| format!("no {ending} in {folder}"))
}
