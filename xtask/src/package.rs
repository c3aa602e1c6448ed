//! `cargo xtask package`: what is handed out, with checksums. The same programs give the same
//! packages, to the octet.

mod deb;
mod licences;
mod simulator;
mod site;
mod tarball;
mod tree;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::{
    artefacts,
    command::{self, built, cargo, command, repository},
    setup,
};

#[derive(clap::Args)]
pub struct Arguments {
    /// What to make; everything without a name
    #[arg(value_enum)]
    kinds: Vec<Kind>,
    /// Package the programs of this folder, instead of building them optimised
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Where the packages are put
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// What is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// The agent, for Debian and the like
    Deb,
    /// The extension
    Extension,
    /// The npm package
    Npm,
    /// The documentation as a site
    Site,
    /// The simulator with all that it needs, for developers; nothing for workstations
    Simulator,
    /// The agent and the Identity Server, each for whoever unpacks it
    Tarball,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let programs = match &arguments.programs {
        Some(folder) => std::path::absolute(folder)?,
        None => build()?,
    };
    let out = match &arguments.out {
        Some(folder) => std::path::absolute(folder)?,
        None => repository().join("target/package"),
    };
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out)?;
    let all = [Kind::Npm, Kind::Extension, Kind::Tarball, Kind::Deb, Kind::Simulator, Kind::Site];
    for kind in if arguments.kinds.is_empty() { &all[..] } else { &arguments.kinds } {
        make(*kind, &programs, &out)?;
    }
    let mut sums = command("sh");
    sums.args(["-c", "sha256sum * > SHA256SUMS && cat SHA256SUMS"]).current_dir(&out);
    command::run(&mut sums)
}

fn build() -> Result<PathBuf> {
    setup::check_node()?;
    setup::install()?;
    let mut build = cargo();
    build.args(["build", "--release"]);
    let others = ["wardkey-sdk-build", "wardkey-ticket-api"];
    for package in simulator::PROGRAMS.into_iter().chain(others) {
        build.args(["--package", package]);
    }
    command::run(&mut build)?;
    Ok(built()?.with_file_name("release"))
}

fn make(kind: Kind, programs: &Path, out: &Path) -> Result<()> {
    let copied = match kind {
        Kind::Deb => return deb::make(programs, out),
        Kind::Simulator => return simulator::make(programs, out),
        Kind::Site => return site::make(programs, out),
        Kind::Tarball => return tarball::make(programs, out),
        Kind::Extension => artefacts::extension()?.to_vec(),
        Kind::Npm => vec![artefacts::npm_package(programs)?],
    };
    for archive in copied {
        fs::copy(&archive, out.join(archive.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

/// When the sources were last changed, in seconds: the age of everything in a package
/// (<https://reproducible-builds.org/specs/source-date-epoch/>).
fn epoch() -> String {
    if let Ok(epoch) = std::env::var("SOURCE_DATE_EPOCH") {
        return epoch;
    }
    let commit = command("git").args(["log", "-1", "--format=%ct"]).output();
    let commit = commit.ok().filter(|output| output.status.success());
    let seconds = commit.and_then(|output| String::from_utf8(output.stdout).ok());
    seconds.map_or_else(|| "0".to_owned(), |seconds| seconds.trim().to_owned())
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
