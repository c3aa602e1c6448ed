//! The packed npm package, installed from its tarball and used unchanged in each environment.

#[path = "sdk/adapters.rs"]
mod adapters;
#[path = "sdk/bundlers.rs"]
mod bundlers;
#[path = "sdk/clinic.rs"]
mod clinic;
#[path = "sdk/connecting.rs"]
mod connecting;
#[path = "sdk/contents.rs"]
mod contents;
#[path = "sdk/elements.rs"]
mod elements;
#[path = "sdk/frames.rs"]
mod frames;
#[path = "sdk/servers.rs"]
mod servers;
#[path = "sdk/world.rs"]
mod world;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use libtest_mimic::{Arguments, Failed, Trial};
use world::World;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // One for all of them, made by the first, which ends with the last.
    let shared: Arc<Mutex<Option<World>>> = Arc::default();
    let suites = [
        servers::TRIALS,
        bundlers::TRIALS,
        contents::TRIALS,
        connecting::TRIALS,
        frames::TRIALS,
        elements::TRIALS,
        adapters::TRIALS,
    ];
    let trials = suites.into_iter().flatten().map(|(name, test)| {
        let (shared, test) = (Arc::clone(&shared), *test);
        Trial::test(*name, move || {
            let mut world = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let played = world::of(&mut world).and_then(test);
            played.map_err(|error| Failed::from(format!("{error:#}")))
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
