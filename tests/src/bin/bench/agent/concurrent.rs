use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::{
    figure::{Figure, median},
    stage::Relay,
};

use super::{desk::Desk, milliseconds, quantile};

/// Fifty calls of fifty pages at once, in one browser and in five; beside such a call alone.
///
/// # Errors
///
/// What the stage says, and where one of them is not answered.
pub fn measure() -> Result<Vec<Figure>> {
    let mut desk = Desk::set_up(BROWSERS)?;
    let one: Vec<Page> = (1..).take(CALLS).map(|port| Page { relay: 0, port }).collect();
    let ports = u32::try_from(CALLS / BROWSERS)?;
    let five: Vec<Page> =
        (0..BROWSERS).flat_map(|relay| (1..=ports).map(move |port| Page { relay, port })).collect();
    for (number, page) in one.iter().chain(five.iter().filter(|page| page.relay > 0)).enumerate() {
        desk.open(page.relay, page.port)?;
        match number {
            0 => desk.sign_in(page.relay, page.port)?,
            _ => desk.join(page.relay, page.port)?,
        }
    }
    let mut alone = Vec::new();
    for page in one.iter().cycle().take(CALLS * 2) {
        alone.extend(at_once(&mut desk.relays, std::slice::from_ref(page))?.each);
    }
    let alone = median(alone);
    let mut figures = Vec::new();
    for (name, pages) in [("one browser", &one), ("five browsers", &five)] {
        let (mut all, mut each) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let answered = at_once(&mut desk.relays, pages)?;
            all.push(answered.all);
            each.extend(answered.each);
        }
        let figure = |what: &str, value| {
            let name = format!("50 calls at once, {name}: {what}");
            Figure::new("agent", &name, "ms", value).beside("one alone", alone).at_most(MOST)
        };
        figures.push(figure("all", median(all)));
        figures.push(figure("p99", quantile(each, 0.99)));
    }
    Ok(figures)
}

#[derive(Clone, Copy)]
struct Page {
    relay: usize,
    port: u32,
}

/// Milliseconds.
struct Answered {
    /// From the first call to the last answer.
    all: f64,
    /// From each call to its answer.
    each: Vec<f64>,
}

/// Each page calls before any answer is waited for.
fn at_once(relays: &mut [Relay], pages: &[Page]) -> Result<Answered> {
    let begun = Instant::now();
    let mut calls = Vec::with_capacity(pages.len());
    for page in pages {
        let called = Instant::now();
        let command = COMMANDS[page.port as usize % COMMANDS.len()];
        calls.push((page, called, relays[page.relay].begin(page.port, command, json!({}))?));
    }
    let mut answered = Answered { all: 0.0, each: Vec::with_capacity(pages.len()) };
    for (page, called, id) in calls {
        let (at, answer) = relays[page.relay].wait_at(|frame| {
            let message = &frame["message"];
            message["port"] == page.port && is_answer(&message["frame"], id)
        })?;
        ensure!(answer["message"]["frame"]["ok"].is_object(), "{answer}");
        answered.all = answered.all.max(milliseconds(at.duration_since(begun)));
        answered.each.push(milliseconds(at.duration_since(called)));
    }
    Ok(answered)
}

fn is_answer(frame: &Value, id: u32) -> bool {
    frame["id"] == id && (frame.get("ok").is_some() || frame.get("error").is_some())
}

/// What pages ask without a dialog: how things stand, who is signed in, and the session's ticket.
const COMMANDS: [&str; 3] = ["status", "user", "ticket"];
const CALLS: usize = 50;
const BROWSERS: usize = 5;
const ROUNDS: usize = 40;
/// As soon as a page may expect an event.
const MOST: f64 = 50.0;
