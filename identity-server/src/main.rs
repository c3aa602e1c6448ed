//! The Identity Server's program.

use std::process::ExitCode;

use clap::Parser as _;
use wardkey_identity::{Ambient, cli::Cli};

fn main() -> ExitCode {
    match Cli::parse().run(&Ambient) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wardkey-identity: {error:#}");
            ExitCode::FAILURE
        }
    }
}
