//! The npm package: tsc, npm.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};

use crate::run;

/// Removes what an earlier build left.
///
/// # Errors
///
/// Where it cannot be removed.
pub fn clean(npm: &Path) -> Result<()> {
    for folder in ["dist", "wasm"] {
        let folder = npm.join(folder);
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    for entry in fs::read_dir(npm)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tgz") {
            fs::remove_file(path)?;
        }
    }
    fs::create_dir_all(npm.join("wasm"))?;
    Ok(())
}

/// Installs the compiler of TypeScript, unless the committed versions are there already.
///
/// # Errors
///
/// What npm says.
pub fn install(npm: &Path) -> Result<()> {
    let newer = |file: &str| npm.join(file).metadata().and_then(|data| data.modified()).ok();
    let installed = newer("node_modules/.package-lock.json");
    if installed.is_some() && installed >= newer("package-lock.json") {
        return Ok(());
    }
    run(command(npm, "npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
}

/// Compiles `src/` into `dist/`, and puts the modules and the protocol's types beside it.
///
/// # Errors
///
/// What tsc says.
pub fn compile(npm: &Path) -> Result<()> {
    for module in ["core", "verify"] {
        run(command(npm, "node").args(["embed.mjs", module]))?;
    }
    // The core stands in the package as it is as well, for those who load it themselves.
    fs::remove_file(npm.join("wasm/verify.wasm"))?;
    run(command(npm, "node").args(["node_modules/typescript/bin/tsc", "--project", "."]))?;
    let dist = npm.join("dist");
    for entry in fs::read_dir(npm.join("wasm"))? {
        let entry = entry?;
        fs::copy(entry.path(), dist.join(entry.file_name()))?;
    }
    fs::copy(npm.join(PROTOCOL_TYPES), dist.join("protocol.d.ts"))?;
    fs::copy(npm.join("../../LICENSE"), npm.join("LICENSE"))?;
    Ok(())
}

/// Packs the package; the tarball's path.
///
/// # Errors
///
/// What npm says.
pub fn pack(npm: &Path) -> Result<PathBuf> {
    let mut pack = command(npm, "npm");
    let output = pack.args(["pack", "--loglevel=error"]).stderr(Stdio::inherit()).output()?;
    let name = String::from_utf8(output.stdout)?;
    let name = name.lines().last().context("npm pack named no file")?;
    Ok(npm.join(name))
}

fn command(npm: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(npm);
    command
}

const PROTOCOL_TYPES: &str = "../../crates/protocol/bindings/protocol.d.ts";
