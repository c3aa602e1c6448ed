use std::{thread, time::Duration};

use anyhow::Result;
use serde_json::json;
use wardkey_tests::{
    figure::Figure,
    stage::{Slept, children, pss, slept},
};

use super::desk::Desk;

/// The agent while nobody asks anything of it: its memory, and how often it wakes.
///
/// # Errors
///
/// What the stage says.
pub fn measure() -> Result<Vec<Figure>> {
    let mut desk = Desk::set_up(1)?;
    desk.open(0, PORT)?;
    desk.relays[0].call(PORT, "status", json!({}))?;
    let agent = desk.agent()?;
    thread::sleep(SETTLES);
    let before = pss(agent)?;
    let nobody = Wakes::of(agent)?;

    desk.sign_in(0, PORT)?;
    thread::sleep(SETTLES);
    let memory = pss(agent)?;
    let modules = children(agent)?.into_iter().map(pss).sum::<Result<f64>>()?;
    let signed_in = Wakes::of(agent)?;

    desk.relays.clear();
    thread::sleep(SETTLES);
    let alone = Wakes::of(agent)?;
    let wakes = |when: &str, wakes: &Wakes| {
        let name = format!("wake-ups, {when}");
        Figure::new("agent", &name, "/s", wakes.own).beside("of the reader watch", wakes.readers)
    };
    Ok(vec![
        Figure::new("agent", "agent idle, signed in, PSS", "MB", memory)
            .beside("before the sign-in", before)
            .at_most(12.0),
        Figure::new("agent", "its module process, PSS", "MB", modules),
        wakes("nobody signed in", &nobody).at_most(0.0),
        wakes("signed in, but for the lease", &signed_in).at_most(0.0),
        wakes("signed in and no browser, but for the lease", &alone).at_most(0.0),
        Figure::new("agent", "wake-ups for the lease", "/s", signed_in.lease)
            .beside("renewals", 1.0 / RENEWAL),
    ])
}

/// Wake-ups a second.
struct Wakes {
    /// For the smartcard service.
    readers: f64,
    /// To tell the Identity Server that the session goes on.
    lease: f64,
    /// For anything else.
    own: f64,
}

impl Wakes {
    fn of(agent: u32) -> Result<Self> {
        let before = slept(agent)?;
        thread::sleep(WATCHED);
        let mut wakes = Self { readers: 0.0, lease: 0.0, own: 0.0 };
        for (thread, Slept { name, times }) in slept(agent)? {
            let since = times - before.get(&thread).map_or(0, |before| before.times);
            *match name.as_str() {
                "readers" => &mut wakes.readers,
                "lease" => &mut wakes.lease,
                _ => &mut wakes.own,
            } += since as f64 / WATCHED.as_secs_f64();
        }
        Ok(wakes)
    }
}

const PORT: u32 = 1;
/// A relay asks five seconds after a call whether anything is under way, and is told once.
const SETTLES: Duration = Duration::from_secs(8);
const WATCHED: Duration = Duration::from_secs(20);
/// Seconds between renewals, three a lease of the demo's server.
const RENEWAL: f64 = 10.0;
