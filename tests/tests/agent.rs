//! The Identity Agent by itself: real readers and cards, a real server, and relays and local
//! programs in place of browsers.

#[path = "agent/consent.rs"]
mod consent;
#[path = "agent/doctor.rs"]
mod doctor;
#[path = "agent/faults.rs"]
mod faults;
#[path = "agent/killed.rs"]
mod killed;
#[path = "agent/modules.rs"]
mod modules;
#[path = "agent/package.rs"]
mod package;
#[path = "agent/passcode.rs"]
mod passcode;
#[path = "agent/policy.rs"]
mod policy;
#[path = "agent/programs.rs"]
mod programs;
#[path = "agent/readers.rs"]
mod readers;
#[path = "agent/record.rs"]
mod record;
#[path = "agent/remote.rs"]
mod remote;
#[path = "agent/removal.rs"]
mod removal;
#[path = "agent/simulator.rs"]
mod simulator;
#[path = "agent/unplugged.rs"]
mod unplugged;
#[allow(dead_code, reason = "shared with the road")]
#[path = "road/ward.rs"]
mod ward;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// Here PIV cards are read by PIV itself, as without policy; in the suite `signing` by OpenSC.
const CARDS: &str = "";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let suites = [
        readers::TRIALS,
        modules::TRIALS,
        remote::TRIALS,
        removal::TRIALS,
        unplugged::TRIALS,
        consent::TRIALS,
        doctor::TRIALS,
        faults::TRIALS,
        killed::TRIALS,
        passcode::TRIALS,
        policy::TRIALS,
        package::TRIALS,
        programs::TRIALS,
        simulator::TRIALS,
    ];
    let trials = suites.into_iter().flatten().map(|(name, test)| {
        let test = *test;
        Trial::test(*name, move || test().map_err(|error| Failed::from(format!("{error:#}"))))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    simulator::tidy();
    conclusion.exit_code()
}
