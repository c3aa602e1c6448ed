//! Compiling for other systems, with the standard library as it can be had.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};

use crate::command::{built, cargo, command, lint};

/// Where a target's standard library comes from.
#[derive(Clone, Copy)]
pub enum StandardLibrary {
    /// As rustup has it.
    OfRustup,
    /// Built from its source.
    FromSource,
}

impl StandardLibrary {
    /// Looks for it. rustup's is added where it can be had, else its source.
    ///
    /// # Errors
    ///
    /// One line with what is missing.
    pub fn find(target: &str) -> Result<Self, String> {
        let rustup = |words: &[&str]| {
            println!("installing by rustup: {}", words.join(" "));
            runs(command("rustup").args(words))
        };
        let library = sysroot().map_err(|error| format!("{error:#}"))?.join("lib/rustlib");
        match library.join(target).join("lib").exists() {
            true => Ok(Self::OfRustup),
            false if rustup(&["target", "add", target]) => Ok(Self::OfRustup),
            false if library.join("src/rust/library").exists() => Ok(Self::FromSource),
            false if rustup(&["component", "add", "rust-src"]) => Ok(Self::FromSource),
            false => Err(format!("no standard library: rustup target add {target}")),
        }
    }
}

/// Cargo, compiling for a target with these words. It is done in a folder of its own, so that nobody
/// waits for another one's lock, with nothing optimised, which takes half the time, and one after the
/// other: other suites run beside it.
///
/// # Errors
///
/// Where the folder is not known.
pub fn compile(target: &str, library: StandardLibrary, words: &[&str]) -> Result<Command> {
    let mut cargo = cargo();
    cargo.args(words).args(["--quiet", "--jobs", "1", "--target", target]);
    cargo.args(["--config", r#"profile.dev.package."*".opt-level=0"#]);
    cargo.arg("--target-dir").arg(folder()?);
    match library {
        StandardLibrary::OfRustup => lint(&mut cargo),
        // Clippy would find in our code what the macros of such a library write into it.
        StandardLibrary::FromSource => {
            cargo.arg("-Zbuild-std=std,panic_unwind").env("RUSTC_BOOTSTRAP", "1");
        }
    }
    Ok(cargo)
}

/// The folder that it is compiled in.
///
/// # Errors
///
/// Where it is not known.
pub fn folder() -> Result<PathBuf> {
    Ok(built()?.with_file_name("cross"))
}

/// Whether a command succeeds. What it says is not shown.
pub fn runs(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn sysroot() -> Result<PathBuf> {
    let output = command("rustc").args(["--print", "sysroot"]).output().context("rustc")?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
