//! The agent for Windows: compiled for `x86_64-pc-windows-gnu`, and what runs it here.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};

use crate::command::{built, cargo, command, lint};

/// What is there to build it and to run it.
pub struct Tools {
    standard_library: StandardLibrary,
    wine: Option<PathBuf>,
}

enum StandardLibrary {
    /// As rustup has it.
    OfRustup,
    /// Built from its source.
    FromSource,
}

impl Tools {
    /// Looks for them. rustup's target is added where it can be had, else its source.
    ///
    /// # Errors
    ///
    /// One line with what is missing.
    pub fn find() -> Result<Self, String> {
        if !runs(Command::new(LINKER).arg("--version")) {
            return Err(format!("no {LINKER}: apt-get install {}", PACKAGES[0]));
        }
        let rustup = |words: &[&str]| {
            println!("installing by rustup: {}", words.join(" "));
            runs(command("rustup").args(words))
        };
        let library = sysroot().map_err(|error| format!("{error:#}"))?.join("lib/rustlib");
        let standard_library = match library.join(TARGET).join("lib").exists() {
            true => StandardLibrary::OfRustup,
            false if rustup(&["target", "add", TARGET]) => StandardLibrary::OfRustup,
            false if library.join("src/rust/library").exists() => StandardLibrary::FromSource,
            false if rustup(&["component", "add", "rust-src"]) => StandardLibrary::FromSource,
            false => return Err(format!("no standard library: rustup target add {TARGET}")),
        };
        let wine =
            LOADERS.iter().map(PathBuf::from).find(|it| runs(Command::new(it).arg("--version")));
        Ok(Self { standard_library, wine })
    }

    /// Compiles the programs, then the tests of what has most code of Windows' own. It is done in a
    /// folder of its own, so that nobody waits for another one's lock, with nothing optimised, which
    /// takes half the time, and one after the other: other suites run beside it.
    ///
    /// # Errors
    ///
    /// Where the folder is not known.
    pub fn compile(&self) -> Result<[Command; 2]> {
        let packages = ["--package", "wardkey-host", "--package", "wardkey-ticket-api"];
        let targets = ["--lib", "--bins", "--examples"];
        let programs = self.cargo(&[&["build"], &packages[..], &targets].concat())?;
        let tests = ["test", "--package", "wardkey-agent-link", "--lib", "--no-run"];
        Ok([programs, self.cargo(&tests)?])
    }

    fn cargo(&self, words: &[&str]) -> Result<Command> {
        let mut cargo = cargo();
        cargo.args(words).args(["--quiet", "--jobs", "1", "--target", TARGET]);
        cargo.args(["--config", r#"profile.dev.package."*".opt-level=0"#]);
        cargo.arg("--target-dir").arg(folder()?);
        if let StandardLibrary::FromSource = self.standard_library {
            cargo.arg("-Zbuild-std=std,panic_unwind").env("RUSTC_BOOTSTRAP", "1");
        }
        lint(&mut cargo);
        Ok(cargo)
    }

    /// What the suite finds Wine and the programs by.
    ///
    /// # Errors
    ///
    /// Why nothing can be run.
    pub fn environment(&self) -> Result<[(&'static str, PathBuf); 2], String> {
        let none = || format!("no Wine: apt-get install {}", PACKAGES[1]);
        let wine = self.wine.clone().ok_or_else(none)?;
        let folder = folder().map_err(|error| format!("{error:#}"))?;
        let programs = folder.join(TARGET).join("debug");
        Ok([("WARDKEY_WINE", wine), ("WARDKEY_WINDOWS", programs)])
    }
}

fn folder() -> Result<PathBuf> {
    Ok(built()?.with_file_name("windows"))
}

fn sysroot() -> Result<PathBuf> {
    let output = command("rustc").args(["--print", "sysroot"]).output().context("rustc")?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn runs(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Debian's packages: the linker, with Windows' import libraries, and Wine.
pub const PACKAGES: [&str; 2] = ["gcc-mingw-w64-x86-64-win32", "wine64"];
const TARGET: &str = "x86_64-pc-windows-gnu";
const LINKER: &str = "x86_64-w64-mingw32-gcc";
/// Debian's, which its package alone has not in `PATH`, then whoever else's.
const LOADERS: [&str; 3] = ["/usr/lib/wine/wine64", "wine64", "wine"];
