//! `cargo xtask demo`: the main job, on this machine.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    artefacts,
    command::{self, Compiler},
    setup,
};

#[derive(clap::Args)]
pub struct Arguments {
    /// Perform the three steps without anyone there
    #[arg(long, requires = "out")]
    headless: bool,
    /// Where `--headless` puts its pictures
    #[arg(long)]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    setup::check_node()?;
    setup::install()?;
    artefacts::build(Compiler::Rustc)?;
    let mut demo = Command::new(command::built()?.join("demo"));
    if arguments.headless {
        demo.arg("--headless");
    }
    if let Some(out) = &arguments.out {
        demo.arg("--out").arg(std::path::absolute(out)?);
    }
    command::run(&mut demo)
}
