//! Builds and packs the npm package `wardkey`: `cargo run -p wardkey-sdk-build`.
//!
//! Two WebAssembly modules of `wardkey-sdk` (`core`, `verify`), their JavaScript, the TypeScript of
//! `npm/src`, and `npm/wardkey-<version>.tgz`.

mod npm;
mod rust;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

fn main() -> Result<()> {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let npm = sdk.join("npm");
    let wasm = npm.join("wasm");
    npm::clean(&npm)?;
    for module in ["core", "verify"] {
        let compiled = rust::compile(&sdk, module)?;
        rust::bind(&compiled, module, &wasm)?;
        rust::optimise(&wasm.join(format!("{module}.wasm")))?;
    }
    npm::install(&npm)?;
    npm::compile(&npm)?;
    let tarball = npm::pack(&npm)?;
    println!("{}", tarball.display());
    Ok(())
}

/// Where cargo put this program: the target folder's profile.
fn target_folder() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.ancestors().nth(2).context("not in a target folder")?;
    Ok(folder.to_owned())
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{program} could not be started"))?;
    ensure!(status.success(), "{program}: {status}");
    Ok(())
}
