use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use wardkey_tests::{
    figure::{Figure, median},
    stage::{AMIRA, CardStore, Dialog, TOM},
};

use super::{
    desk::{Desk, type_passcode},
    milliseconds,
};
use crate::page::Timing;

/// One user after another: the card is swapped, one passcode typed, and the page works. From the
/// smartcard service's event on, without the time that the user took.
///
/// # Errors
///
/// What the stage says.
pub fn measure() -> Result<Vec<Figure>> {
    let mut desk = Desk::set_up(1)?;
    let card = |user| CardStore::for_user(&desk.programs, &desk.identity, desk.folder.path(), user);
    let (amira, tom) = (card(AMIRA)?, card(TOM)?);
    desk.open(0, FIRST)?;
    desk.open(0, SECOND)?;
    desk.sign_in(0, FIRST)?;
    let (mut signed_in, mut resumed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let log = Log::of(&desk)?;
        let service = desk.swap(&tom)?;
        let dialog = Dialog::wait(&desk.desktop)?;
        type_passcode(&dialog)?;
        dialog.wait_for_roles()?;
        dialog.press("Return")?;
        let at = when_joined(&mut desk)?;
        signed_in.push(milliseconds(at.duration_since(service)) - log.human(&desk)?);

        let answer = desk.relays[0].call(SECOND, "sign_out", json!({}))?;
        anyhow::ensure!(answer["ok"].is_object(), "{answer}");
        let log = Log::of(&desk)?;
        let service = desk.swap(&amira)?;
        type_passcode(&Dialog::wait(&desk.desktop)?)?;
        let events = desk.relays[0].events_until(FIRST, "session_resumed")?;
        let (at, _) = events.last().context("no event")?;
        resumed.push(milliseconds(at.duration_since(service)) - log.human(&desk)?);
    }
    let figure = |name, times| Figure::new("agent", name, "ms", median(times)).at_most(1000.0);
    Ok(vec![
        figure("another user's card to their page, without human", signed_in),
        figure("first user's card to their page, without human", resumed),
    ])
}

/// The page of the user whose card opened the dialog joins as soon as it can.
fn when_joined(desk: &mut Desk) -> Result<Instant> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let answer = desk.relays[0].call(SECOND, "sign_in", json!({}))?;
        let at = Instant::now();
        match answer["error"]["code"].as_str() {
            None => return Ok(at),
            Some("busy") => thread::sleep(BETWEEN),
            Some(_) => bail!("{answer}"),
        }
    }
    bail!("the dialog is still open")
}

/// The agent's log from some moment on.
struct Log(usize);

impl Log {
    fn of(desk: &Desk) -> Result<Self> {
        Ok(Self(text(desk)?.len()))
    }

    /// The milliseconds that the user took since then.
    fn human(&self, desk: &Desk) -> Result<f64> {
        // The page may hear of it before the line is written.
        let begun = Instant::now();
        let timing = loop {
            let text = text(desk)?;
            match Timing::read(&text[self.0..]) {
                Some(timing) => break timing,
                None if begun.elapsed() > PATIENCE => bail!("no timing in the agent's log: {text}"),
                None => thread::sleep(BETWEEN),
            }
        };
        Ok(timing.human)
    }
}

fn text(desk: &Desk) -> Result<String> {
    Ok(fs::read_to_string(desk.host.folder().join("agent.log"))?)
}

const FIRST: u32 = 1;
const SECOND: u32 = 2;
const ROUNDS: usize = 5;
const BETWEEN: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(20);
