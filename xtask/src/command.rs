//! Other programs, run from the repository's folder.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

/// The repository's folder.
pub fn repository() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Where Cargo builds: this very program is in it.
pub fn built() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    Ok(this.parent().context("no folder")?.to_owned())
}

/// A command in the repository's folder.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(repository());
    command
}

/// Cargo, as it started this program. It is told nothing of this package, else build scripts that
/// look at such variables run again whenever Cargo is used by hand in between.
pub fn cargo() -> Command {
    let mut cargo = command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// The compiler's own target, such as `x86_64-unknown-linux-gnu`.
pub fn host() -> Result<String> {
    let told = command("rustc").arg("-vV").output().context("rustc")?;
    let told = String::from_utf8(told.stdout)?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

/// Cargo's build or test of all packages at once: what they share is then built with one set of
/// features, and once, whichever of them is wanted.
pub fn cargo_of_all(verb: &str, compiler: Compiler) -> Command {
    let mut cargo = cargo();
    cargo.args([verb, "--workspace", "--features", FEATURES]);
    if compiler == Compiler::Clippy {
        lint(&mut cargo);
    }
    cargo
}

/// Has Clippy compile our own packages, as `cargo clippy -- -D warnings` has it.
pub fn lint(cargo: &mut Command) {
    let driver = Path::new(cargo.get_program()).with_file_name("clippy-driver");
    cargo.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    cargo.env("RUSTC_WORKSPACE_WRAPPER", driver);
}

/// What compiles our own packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compiler {
    /// The compiler with Clippy's lints, warnings being errors. What is built has been read then,
    /// and what it depends on is built once, instead of once more to be read only.
    Clippy,
    /// The compiler.
    Rustc,
}

/// Runs a command to its end; its output is the user's to see.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{:?}", command.get_program()))?;
    ensure!(status.success(), "{}: {status}", shown(command));
    Ok(())
}

/// A command as one would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Whatever has tests behind a feature.
const FEATURES: &str = "wardkey-protocol/bindings,wardkey-sdk/verify,wardkey-crypto/native,\
                        wardkey-signatures/verify,wardkey-signatures/native";
