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
#[path = "sdk/documents.rs"]
mod documents;
#[path = "sdk/elements.rs"]
mod elements;
#[path = "sdk/frames.rs"]
mod frames;
#[path = "sdk/playwright.rs"]
mod playwright;
#[path = "sdk/react.rs"]
mod react;
#[path = "sdk/servers.rs"]
mod servers;
#[path = "sdk/typed.rs"]
mod typed;
#[path = "sdk/world.rs"]
mod world;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use libtest_mimic::{Arguments, Failed, Trial};
use wardkey_tests::stage::Engine;
use world::{Test, World};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // One for all of them, made by the first, which ends with the last.
    let shared: Arc<Mutex<Option<World>>> = Arc::default();
    let suites =
        [servers::TRIALS, bundlers::TRIALS, documents::TRIALS, playwright::TRIALS, typed::TRIALS];
    let in_both = [
        adapters::IN_BOTH,
        bundlers::IN_BOTH,
        contents::IN_BOTH,
        connecting::IN_BOTH,
        frames::IN_BOTH,
        elements::IN_BOTH,
        react::IN_BOTH,
    ];
    let trial = |name: String, engine, test: Test| {
        let shared = Arc::clone(&shared);
        Trial::test(name, move || {
            let mut world = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let world = world::of(&mut world);
            let played = world.and_then(|world| {
                world.engine = engine;
                test(world)
            });
            played.map_err(|error| Failed::from(format!("{error:#}")))
        })
    };
    let mut trials = Vec::new();
    for &(name, test) in suites.into_iter().flatten() {
        trials.push(trial(name.to_owned(), Engine::Chromium, test));
    }
    for &(name, test) in in_both.into_iter().flatten() {
        trials.push(trial(name.to_owned(), Engine::Chromium, test));
        trials.push(trial(format!("{name}_in_firefox"), Engine::Firefox, test));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
