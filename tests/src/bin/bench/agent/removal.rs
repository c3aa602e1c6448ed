use std::time::Instant;

use anyhow::{Context as _, Result};
use wardkey_tests::{
    figure::{Figure, median},
    stage::{Dialog, PASSCODE},
};

use super::{desk::Desk, milliseconds, quantile};

/// From the smartcard service's event to pages in two browsers, and from a card that is put back to
/// its session.
///
/// # Errors
///
/// What the stage says.
pub fn measure() -> Result<Vec<Figure>> {
    let mut desk = Desk::set_up(PORTS.len())?;
    for (relay, port) in pages() {
        desk.open(relay, port)?;
        match (relay, port) {
            (0, 1) => desk.sign_in(relay, port)?,
            _ => desk.join(relay, port)?,
        }
    }
    let (mut heard, mut shown, mut resumed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        desk.reader.pull()?;
        let service = desk.watch.wait_for("out")?;
        for (relay, port) in pages() {
            let locked = desk.relays[relay].events_until(port, "session_locked")?;
            let (at, _) = locked.last().context("no event")?;
            // Both threads of ours are woken at once; the page's may be first.
            heard.push(milliseconds(at.saturating_duration_since(service)));
        }
        desk.reader.insert()?;
        let service = desk.watch.wait_for("in")?;
        let dialog = Dialog::wait(&desk.desktop)?;
        dialog.wait_for_passcode_field()?;
        shown.push(milliseconds(service.elapsed()));
        dialog.type_text(PASSCODE)?;
        let typed = Instant::now();
        dialog.press("Return")?;
        let back = desk.relays[0].events_until(1, "session_resumed")?;
        let (at, _) = back.last().context("no event")?;
        resumed.push(milliseconds(at.duration_since(typed)));
    }
    let removal = quantile(heard, 0.95);
    Ok(vec![
        Figure::new("agent", "card's removal, from service to pages, p95", "ms", removal)
            .at_most(50.0),
        Figure::new("agent", "card put back, from service to dialog", "ms", median(shown)),
        Figure::new("agent", "passcode typed to session resumed", "ms", median(resumed))
            .at_most(1000.0),
    ])
}

/// Each page, by its browser and its port.
fn pages() -> impl Iterator<Item = (usize, u32)> {
    let each =
        |(relay, ports): (usize, &'static [u32])| ports.iter().map(move |port| (relay, *port));
    PORTS.into_iter().enumerate().flat_map(each)
}

const PORTS: [&[u32]; 2] = [&[1, 2, 3], &[1, 2]];
const ROUNDS: usize = 10;
