//! The agent for Windows: compiled for `x86_64-pc-windows-gnu`, and what runs it here. The Ticket API's
//! library is compiled for programs of 32 bits besides (`i686-pc-windows-gnu`).

mod wow64;

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::cross::{StandardLibrary, compile, folder, runs};

/// What is there to build it and to run it.
pub struct Tools {
    standard_library: StandardLibrary,
    /// The one of 32 bits, or what is missing for it.
    wow64: Result<StandardLibrary, String>,
    wine: Option<PathBuf>,
}

impl Tools {
    /// Looks for them. rustup's targets are added where they can be had, else their source.
    ///
    /// # Errors
    ///
    /// One line with what is missing.
    pub fn find() -> Result<Self, String> {
        let standard_library = library(TARGET, LINKER, PACKAGES[0])?;
        let wow64 = library(wow64::TARGET, wow64::LINKER, PACKAGES[2]);
        let wine =
            LOADERS.iter().map(PathBuf::from).find(|it| runs(Command::new(it).arg("--version")));
        Ok(Self { standard_library, wow64, wine })
    }

    /// Compiles the programs, then the tests of what has most code of Windows' own; then the library
    /// of 32 bits and its tests, where that can be done.
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

fn library(target: &str, linker: &str, package: &str) -> Result<StandardLibrary, String> {
    if !runs(Command::new(linker).arg("--version")) {
        return Err(format!("no {linker}: apt-get install {package}"));
    }
    StandardLibrary::find(target)
}

/// Debian's packages: the linker, with Windows' import libraries, and Wine; the linker for programs of 32
/// bits, and what their Wine needs.
pub const PACKAGES: [&str; 4] =
    ["gcc-mingw-w64-x86-64-win32", "wine64", "gcc-mingw-w64-i686-win32", "lib32gcc-s1"];
const TARGET: &str = "x86_64-pc-windows-gnu";
const LINKER: &str = "x86_64-w64-mingw32-gcc";
/// Debian's, which its package alone has not in `PATH`, then whoever else's.
const LOADERS: [&str; 3] = [wow64::DEBIANS_WINE, "wine64", "wine"];
