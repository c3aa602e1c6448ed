//! Scripts of `tests/outsiders`, in the languages of the programs that they call.

use std::{
    ffi::OsStr,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

/// What a script in Python prints, given this input.
pub fn python<A: AsRef<OsStr>>(script: &str, arguments: &[A], input: &[u8]) -> Result<Vec<u8>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = tests.join("../target/outsiders/bin/python");
    ensure!(python.exists(), "{} is missing: run it by `cargo xtask`", python.display());
    let mut command = Command::new(python);
    said(command.arg(tests.join("outsiders").join(script)).args(arguments), input)
}

/// The same of one in Node.
pub fn node(script: &str, input: &[u8]) -> Result<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("outsiders/node");
    ensure!(folder.join("node_modules").exists(), "jose is missing: run it by `cargo xtask`");
    said(Command::new("node").arg(folder.join(script)), input)
}

fn said(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = command.spawn()?;
    program.stdin.take().context("no input")?.write_all(input)?;
    let output = program.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}
