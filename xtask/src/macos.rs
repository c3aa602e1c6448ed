//! The agent for macOS: type-checked and linted for `aarch64-apple-darwin`. Without Apple's frameworks nothing
//! is linked, so that nothing is run.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{
    command::run,
    cross::{StandardLibrary, compile, folder},
    setup,
};

/// Checks the agent and the Ticket API.
///
/// # Errors
///
/// One line with what is missing.
pub fn check() -> Result<Command, String> {
    let no_zig = |error| format!("no C compiler for macOS: pip install {ZIG} ({error:#})");
    let [cc, ar] = zig().map_err(no_zig)?;
    let packages = ["check", "--package", "wardkey-host", "--package", "wardkey-ticket-api"];
    let words = [&packages[..], &["--lib", "--bins", "--examples"]].concat();
    let mut check = compile(TARGET, StandardLibrary::find(TARGET)?, &words)
        .map_err(|error| format!("{error:#}"))?;
    // Of C there is what `ring` has, for which zig brings the system's headers along.
    check.env(format!("CC_{VARIABLE}"), cc);
    check.env(format!("AR_{VARIABLE}"), ar);
    check.env(format!("CFLAGS_{VARIABLE}"), "-target aarch64-macos");
    check.env("CRATE_CC_NO_DEFAULTS", "1");
    Ok(check)
}

/// Its compiler and archiver, from PyPI where they are not there yet.
fn zig() -> Result<[PathBuf; 2]> {
    let folder = folder()?.join("zig");
    let (cc, ar) = (folder.join("cc"), folder.join("ar"));
    setup::python_environment(&folder, ZIG)?;
    let python = folder.join("bin/python");
    let python = python.to_str().context("the repository's path is no text")?;
    for (file, verb) in [(&cc, "cc"), (&ar, "ar")] {
        write_program(file, &format!("#!/bin/sh\nexec '{python}' -m ziglang {verb} \"$@\"\n"))?;
    }
    run(Command::new(&cc).arg("--version"))?;
    Ok([cc, ar])
}

fn write_program(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text)?;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o755))?)
}

const ZIG: &str = "ziglang==0.13.0";
const TARGET: &str = "aarch64-apple-darwin";
const VARIABLE: &str = "aarch64_apple_darwin";
