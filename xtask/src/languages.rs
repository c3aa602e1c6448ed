//! `cargo xtask languages`: what extension, npm package and policy templates have of the languages, after
//! a file in `languages/` was added or changed.

use std::process::Command;

use anyhow::Result;

use crate::{
    artefacts,
    command::{self, Compiler, built, command, repository},
};

/// Writes it; the tests fail while it is not so.
pub fn run() -> Result<()> {
    command::run(command("node").arg("languages/write.mjs"))?;
    artefacts::programs(&[], Compiler::Clippy)?;
    let mut templates = Command::new(built()?.join("wardkey-host"));
    templates.current_dir(repository());
    command::run(templates.args(["policy", "schema", "--out"]).arg("packaging/policy"))
}
