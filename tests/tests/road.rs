//! The road from page to card and back: real browser, real PC/SC, real servers.
//!
//! `page` and its like drive Chromium and Firefox with the packed extension and the packed npm package;
//! `relay` speaks to the host as a browser does, for what needs no page.

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
#[path = "road/edge.rs"]
mod edge;
#[path = "road/firefox.rs"]
mod firefox;
#[path = "road/keyboard.rs"]
mod keyboard;
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

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};
use wardkey_tests::stage::Engine;

type Test = fn() -> Result<()>;
/// Played once in each browser.
type InBoth = fn(Engine) -> Result<()>;

/// Here PIV cards are read by PIV itself, as without policy; in the suite `signing` by OpenSC.
const CARDS: &str = "";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let suites = [authorize::TRIALS, edge::TRIALS, firefox::TRIALS, menu::TRIALS, relay::TRIALS];
    let in_both = [
        broken::IN_BOTH,
        console::IN_BOTH,
        diagnostics::IN_BOTH,
        large::IN_BOTH,
        menu::IN_BOTH,
        page::IN_BOTH,
        sign_in_page::IN_BOTH,
        web_eid::IN_BOTH,
    ];
    let trials = suites.into_iter().flatten().map(|&(name, test)| trial(name.to_owned(), test));
    let in_both = in_both.into_iter().flatten().flat_map(|&(name, test)| {
        [
            trial(name.to_owned(), move || test(Engine::Chromium)),
            trial(format!("{name}_in_firefox"), move || test(Engine::Firefox)),
        ]
    });
    let trials: Vec<_> = in_both.chain(trials).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    conclusion.exit_code()
}

fn trial(name: String, test: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(name, move || test().map_err(|error| Failed::from(format!("{error:#}"))))
}
