//! The road from page to card and back: real browser, real PC/SC, real servers.
//!
//! `page` drives Chromium with the packed extension and the packed npm package; `relay` speaks to
//! the host as a browser does, for what needs no page.

#[path = "road/at_server.rs"]
mod at_server;
#[path = "road/authorize.rs"]
mod authorize;
#[path = "road/broken.rs"]
mod broken;
#[path = "road/console.rs"]
mod console;
#[path = "road/diagnostics.rs"]
mod diagnostics;
#[path = "road/firefox.rs"]
mod firefox;
#[path = "road/large.rs"]
mod large;
#[path = "road/menu.rs"]
mod menu;
#[path = "road/page.rs"]
mod page;
#[path = "road/relay.rs"]
mod relay;
#[path = "road/sign_in_page.rs"]
mod sign_in_page;
#[path = "road/ward.rs"]
mod ward;
#[path = "road/web_eid.rs"]
mod web_eid;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// Here PIV cards are read by PIV itself, as without policy; in the suite `signing` by OpenSC.
const CARDS: &str = "";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let suites = [
        authorize::TRIALS,
        broken::TRIALS,
        console::TRIALS,
        diagnostics::TRIALS,
        firefox::TRIALS,
        menu::TRIALS,
        page::TRIALS,
        large::TRIALS,
        sign_in_page::TRIALS,
        relay::TRIALS,
        web_eid::TRIALS,
    ];
    let trials = suites.into_iter().flatten().map(|(name, test)| {
        let test = *test;
        Trial::test(*name, move || test().map_err(|error| Failed::from(format!("{error:#}"))))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    conclusion.exit_code()
}
