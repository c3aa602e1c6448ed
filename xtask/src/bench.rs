//! `cargo xtask bench`: medians over several runs, beside a floor or a peer of the same run.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{artefacts, command, setup};

#[derive(clap::Args)]
pub struct Arguments {
    /// Areas; all of them without a name
    areas: Vec<String>,
    /// Also write the figures to this file
    #[arg(long)]
    json: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    setup::check_node()?;
    setup::install()?;
    setup::node_outsiders()?;
    artefacts::build_release()?;
    let mut bench = Command::new(command::built()?.with_file_name("release").join("bench"));
    bench.args(&arguments.areas);
    if let Some(file) = &arguments.json {
        bench.arg("--json").arg(std::path::absolute(file)?);
    }
    command::run(&mut bench)
}
