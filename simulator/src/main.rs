//! `wardkey-simulator`: a simulation, or a word to the one that runs.

use std::process::ExitCode;

use clap::Parser as _;
use wardkey_simulator::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wardkey-simulator: {error:#}");
            ExitCode::FAILURE
        }
    }
}
