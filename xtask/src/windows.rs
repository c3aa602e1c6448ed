//! The agent for Windows: compiled for `x86_64-pc-windows-gnu`, and what runs it here. The Ticket API's
//! library is compiled for programs of 32 bits besides (`i686-pc-windows-gnu`).

mod wow64;

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};

use crate::command::{built, cargo, command, lint};

/// What is there to build it and to run it.
pub struct Tools {
    standard_library: StandardLibrary,
    /// The one of 32 bits, or what is missing for it.
    wow64: Result<StandardLibrary, String>,
    wine: Option<PathBuf>,
}

#[derive(Clone, Copy)]
enum StandardLibrary {
    /// As rustup has it.
    OfRustup,
    /// Built from its source.
    FromSource,
}

impl Tools {
    /// Looks for them. rustup's targets are added where they can be had, else their source.
    ///
    /// # Errors
    ///
    /// One line with what is missing.
    pub fn find() -> Result<Self, String> {
        let standard_library = StandardLibrary::find(TARGET, LINKER, PACKAGES[0])?;
        let wow64 = StandardLibrary::find(wow64::TARGET, wow64::LINKER, PACKAGES[2]);
        let wine =
            LOADERS.iter().map(PathBuf::from).find(|it| runs(Command::new(it).arg("--version")));
        Ok(Self { standard_library, wow64, wine })
    }

    /// Compiles the programs, then the tests of what has most code of Windows' own; then the library
    /// of 32 bits and its tests, where that can be done. It is done in a folder of its own, so that
    /// nobody waits for another one's lock, with nothing optimised, which takes half the time, and one
    /// after the other: other suites run beside it.
    ///
    /// # Errors
    ///
    /// Where the folder is not known.
    pub fn compile(&self) -> Result<Vec<Command>> {
        let packages = ["--package", "wardkey-host", "--package", "wardkey-ticket-api"];
        let targets = ["--lib", "--bins", "--examples"];
        let programs = [&["build"], &packages[..], &targets].concat();
        let tests = ["test", "--package", "wardkey-agent-link", "--lib", "--no-run"];
        let mut commands = vec![
            compile(TARGET, self.standard_library, &programs)?,
            compile(TARGET, self.standard_library, &tests)?,
        ];
        match &self.wow64 {
            Ok(library) => {
                for words in [&["build"][..], &["test", "--no-run"]] {
                    let words = [words, &["--package", "wardkey-ticket-api", "--lib"]].concat();
                    commands.push(compile(wow64::TARGET, *library, &words)?);
                }
            }
            Err(why) => println!("nothing of 32 bits is compiled: {why}"),
        }
        Ok(commands)
    }

    /// What the suite finds Wine and the programs by.
    ///
    /// # Errors
    ///
    /// Why nothing can be run.
    pub fn environment(&self) -> Result<Vec<(&'static str, PathBuf)>, String> {
        let none = || format!("no Wine: apt-get install {}", PACKAGES[1]);
        let wine = self.wine.clone().ok_or_else(none)?;
        let folder = folder().map_err(|error| format!("{error:#}"))?;
        let programs = |target: &str| folder.join(target).join("debug");
        let mut environment = vec![("WARDKEY_WINDOWS", programs(TARGET))];
        if self.wow64.is_ok() {
            environment.push(("WARDKEY_WINDOWS_32", programs(wow64::TARGET)));
            match wow64::wine(&wine, &folder.join("wine32")) {
                Ok(wine) => environment.push(("WARDKEY_WINE_32", wine)),
                Err(why) => println!("nothing of 32 bits is run: {why:#}"),
            }
        }
        environment.push(("WARDKEY_WINE", wine));
        Ok(environment)
    }
}

impl StandardLibrary {
    fn find(target: &str, linker: &str, package: &str) -> Result<Self, String> {
        if !runs(Command::new(linker).arg("--version")) {
            return Err(format!("no {linker}: apt-get install {package}"));
        }
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

fn compile(target: &str, library: StandardLibrary, words: &[&str]) -> Result<Command> {
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

/// Debian's packages: the linker, with Windows' import libraries, and Wine; the linker for programs of 32
/// bits, and what their Wine needs.
pub const PACKAGES: [&str; 4] =
    ["gcc-mingw-w64-x86-64-win32", "wine64", "gcc-mingw-w64-i686-win32", "lib32gcc-s1"];
const TARGET: &str = "x86_64-pc-windows-gnu";
const LINKER: &str = "x86_64-w64-mingw32-gcc";
/// Debian's, which its package alone has not in `PATH`, then whoever else's.
const LOADERS: [&str; 3] = [wow64::DEBIANS_WINE, "wine64", "wine"];
