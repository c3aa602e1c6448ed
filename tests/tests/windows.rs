//! The agent of Windows under Wine: install, relay, agent, a scripted card, and what people run by
//! hand. The Identity Server is this computer's own.

#[path = "windows/card.rs"]
mod card;
#[path = "windows/desktop.rs"]
mod desktop;
#[path = "windows/dialog.rs"]
mod dialog;
#[path = "windows/doctor.rs"]
mod doctor;
#[path = "windows/installed.rs"]
mod installed;
#[path = "windows/link.rs"]
mod link;
#[path = "windows/policy.rs"]
mod policy;
#[path = "windows/ticket_api.rs"]
mod ticket_api;
#[path = "windows/world.rs"]
mod world;
#[path = "windows/wow64.rs"]
mod wow64;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use libtest_mimic::{Arguments, Failed, Trial};
use world::World;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // One for all of them, made by the first: a prefix of Wine takes its time.
    let shared: Arc<Mutex<Option<World>>> = Arc::default();
    let without_display = [
        link::TRIALS,
        installed::TRIALS,
        doctor::TRIALS,
        policy::TRIALS,
        card::TRIALS,
        ticket_api::TRIALS,
        wow64::TRIALS,
    ];
    // What runs without a display ends at the first that has one.
    let with_one = [dialog::TRIALS, desktop::TRIALS];
    let suites = without_display.into_iter().chain(with_one);
    let trials = suites.flatten().map(|&(name, test)| {
        let shared = Arc::clone(&shared);
        Trial::test(name, move || {
            let mut world = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let played = world::of(&mut world).and_then(test);
            played.map_err(|error| Failed::from(format!("{error:#}")))
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
