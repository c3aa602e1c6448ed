//! The agent for macOS: read by the compiler and its lints for `aarch64-apple-darwin`. Without Apple's
//! frameworks nothing is linked, so that nothing is run.

use std::process::Command;

use anyhow::Result;

use crate::{
    command::repository,
    cross::{StandardLibrary, compile, runs},
};

/// Reads the agent and the Ticket API.
///
/// # Errors
///
/// One line with what is missing.
pub fn check() -> Result<Command, String> {
    let python = repository().join("target/outsiders/bin/python").display().to_string();
    let zig = format!("{python} -m ziglang");
    if !runs(Command::new(python).args(["-m", "ziglang", "version"])) {
        return Err("no C compiler for macOS: pip install ziglang".to_owned());
    }
    let packages = ["check", "--package", "wardkey-host", "--package", "wardkey-ticket-api"];
    let words = [&packages[..], &["--lib", "--bins", "--examples"]].concat();
    let mut check = compile(TARGET, StandardLibrary::find(TARGET)?, &words)
        .map_err(|error| format!("{error:#}"))?;
    // Of C there is what `ring` has, for which zig brings the system's headers along.
    check.env(format!("CC_{VARIABLE}"), format!("{zig} cc"));
    check.env(format!("AR_{VARIABLE}"), format!("{zig} ar"));
    check.env(format!("CFLAGS_{VARIABLE}"), "-target aarch64-macos");
    check.env("CRATE_CC_NO_DEFAULTS", "1");
    Ok(check)
}

const TARGET: &str = "aarch64-apple-darwin";
const VARIABLE: &str = "aarch64_apple_darwin";
