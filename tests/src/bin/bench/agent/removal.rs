use std::time::Instant;

use anyhow::{Context as _, Result};
use wardkey_tests::{
    figure::{Figure, median},
    stage::{Dialog, PASSCODE},
};

use super::{desk::Desk, milliseconds, quantile};

/// From the smartcard service's event to pages in two browsers, whether it ends their session or locks
/// it, and from a card that is put back to its session.
///
/// # Errors
///
/// What the stage says.
pub fn measure() -> Result<Vec<Figure>> {
    let mut figures = locking()?;
    figures.push(ending()?);
    Ok(figures)
}

fn ending() -> Result<Figure> {
    let mut desk = Desk::with_removal("end", PORTS.len())?;
    for (relay, port) in pages() {
        desk.open(relay, port)?;
    }
    let mut gone = Vec::new();
    for _ in 0..ROUNDS {
        sign_in(&mut desk)?;
        gone.extend(pull(&mut desk, "session_ended")?);
        desk.reader.insert()?;
        desk.watch.wait_for("in")?;
    }
    let name = "card's removal that ends, from service to pages, p95";
    Ok(Figure::new("agent", name, "ms", quantile(gone, 0.95)).at_most(50.0))
}

fn locking() -> Result<Vec<Figure>> {
    let mut desk = Desk::set_up(PORTS.len())?;
    for (relay, port) in pages() {
        desk.open(relay, port)?;
    }
    sign_in(&mut desk)?;
    let (mut gone, mut back) = (Vec::new(), Vec::new());
    let (mut shown, mut resumed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        gone.extend(pull(&mut desk, "session_locked")?);
        desk.reader.insert()?;
        let service = desk.watch.wait_for("in")?;
        let dialog = Dialog::wait(&desk.desktop)?;
        dialog.wait_for_passcode_field()?;
        shown.push(milliseconds(service.elapsed()));
        back.extend(heard(&mut desk, "card_inserted", service)?);
        dialog.type_text(PASSCODE)?;
        let typed = Instant::now();
        dialog.press("Return")?;
        resumed.extend(heard(&mut desk, "session_resumed", typed)?);
    }
    let p95 = |name, times| Figure::new("agent", name, "ms", quantile(times, 0.95)).at_most(50.0);
    Ok(vec![
        p95("card's removal, from service to pages, p95", gone),
        p95("card put back, from service to pages, p95", back),
        Figure::new("agent", "card put back, from service to dialog", "ms", median(shown)),
        Figure::new("agent", "passcode typed to session resumed", "ms", median(resumed))
            .at_most(1000.0),
    ])
}

/// Every page signs in, the first with the passcode.
fn sign_in(desk: &mut Desk) -> Result<()> {
    pages().try_for_each(|(relay, port)| match (relay, port) {
        (0, 1) => desk.sign_in(relay, port),
        _ => desk.join(relay, port),
    })
}

/// Pulls the card: milliseconds from the service's event until each page has heard.
fn pull(desk: &mut Desk, event: &str) -> Result<Vec<f64>> {
    desk.reader.pull()?;
    let service = desk.watch.wait_for("out")?;
    heard(desk, event, service)
}

/// Milliseconds until each page has heard.
fn heard(desk: &mut Desk, event: &str, since: Instant) -> Result<Vec<f64>> {
    let heard = pages().map(|(relay, port)| {
        let events = desk.relays[relay].events_until(port, event)?;
        let (at, _) = events.last().context("no event")?;
        // Both threads of ours are woken at once; the page's may be first.
        Ok(milliseconds(at.saturating_duration_since(since)))
    });
    heard.collect()
}

/// Each page, by its browser and its port.
fn pages() -> impl Iterator<Item = (usize, u32)> {
    let each =
        |(relay, ports): (usize, &'static [u32])| ports.iter().map(move |port| (relay, *port));
    PORTS.into_iter().enumerate().flat_map(each)
}

const PORTS: [&[u32]; 2] = [&[1, 2, 3], &[1, 2]];
const ROUNDS: usize = 10;
