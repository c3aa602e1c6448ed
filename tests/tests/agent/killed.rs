//! Whatever is killed, at whatever moment, and whenever the card goes: nobody is left waiting, no
//! window stays, nobody has another's session, no try is spent, the record holds, and the next call works.

#[path = "killed/day.rs"]
mod day;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use day::Day;
use rustix::process::{Pid, Signal, kill_process};

use crate::ward::{PORT, Ward, code};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("killed::whoever_dies_at_any_moment_the_next_call_works", at_any_moment),
    ("killed::a_card_that_goes_at_each_apdu_costs_nothing", at_each_apdu),
];

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Agent,
    Dialog,
    Module,
    Relay,
    Server,
    Service,
}

const VICTIMS: [Victim; 6] =
    [Victim::Agent, Victim::Dialog, Victim::Module, Victim::Relay, Victim::Server, Victim::Service];
const ACTS: [&str; 2] = ["sign_in", "sign"];

/// One round each of victim and act, or as many as `WARDKEY_FAULT_ROUNDS` says; the moments are
/// drawn anew each time, and what failed says which they were.
fn at_any_moment() -> Result<()> {
    let rounds = std::env::var("WARDKEY_FAULT_ROUNDS").ok().and_then(|it| it.parse().ok());
    let mut moments = Moments::new();
    let mut day = Day::begin()?;
    for round in 0..rounds.unwrap_or(1) {
        for victim in VICTIMS {
            for act in ACTS {
                let round = format!("round {round}: {victim:?}");
                kill_once_during(&mut day, victim, act, &mut moments, &round)?;
                day.other_user().context(round)?;
            }
        }
    }
    Ok(())
}

/// A round counts once its victim died while the call was under way.
fn kill_once_during(
    day: &mut Day,
    victim: Victim,
    act: &str,
    moments: &mut Moments,
    round: &str,
) -> Result<()> {
    for _ in 0..DRAWS {
        let moment = moments.next();
        let killed = kill_during(day, victim, act, moment)
            .with_context(|| format!("{round} {moment:?} into {act}"))?;
        if killed {
            return Ok(());
        }
        println!("{round} was not there {moment:?} into {act}: another moment");
    }
    bail!("{round} was never there during {act}, at {DRAWS} moments")
}

fn at_each_apdu() -> Result<()> {
    let mut day = Day::begin()?;
    for act in ACTS {
        // The first one finds the card before anybody has read it.
        let mut apdu = 1;
        // Until the card has had them all.
        while pull_at(&mut day, act, apdu).with_context(|| format!("APDU {apdu} of {act}"))? {
            apdu += 1;
            ensure!(apdu < 60, "{act} does not end");
        }
        ensure!(apdu > FEWEST_APDUS, "{act} took {apdu} APDUs: the card was not asked");
    }
    Ok(())
}

/// `false` where the call was answered before there was anybody to kill.
fn kill_during(day: &mut Day, victim: Victim, act: &str, moment: Duration) -> Result<bool> {
    day.out_of_session()?;
    let args = day.arguments(act)?;
    let before = ids(&day.ward, victim);
    let agent = day.ward.host.agent().context("no agent")?;
    let over = Arc::new(AtomicBool::new(false));
    let until = over.clone();
    let id = day.ward.relay.begin(PORT, act, args)?;
    let killer = thread::spawn(move || kill(victim, agent, &before, moment, &until));
    let answer = day.answer_to_user(id);
    over.store(true, Ordering::Relaxed);
    let killed = killer.join().map_err(|_| anyhow!("the killer failed"))?;
    // An agent that goes takes its relays along; the extension answers in their place.
    let takes_the_relay = matches!(victim, Victim::Agent | Victim::Relay) && !killed.is_empty();
    match answer? {
        Some(answer) if answer.get("ok").is_some() => day.takes(act, &answer)?,
        Some(answer) => ensure!(code(&answer) != "no error", "{answer}"),
        None => ensure!(takes_the_relay, "the relay ended"),
    }
    if killed.is_empty() {
        // More windows in a short time than a page may open, perhaps.
        thread::sleep(Duration::from_secs(1));
        return Ok(false);
    }
    killed.into_iter().try_for_each(see_it_dead)?;
    restore(day, victim)?;
    day.is_well()?;
    Ok(true)
}

/// Whom it killed: nobody where the call is over before.
fn kill(
    victim: Victim,
    agent: Pid,
    before: &[Pid],
    moment: Duration,
    over: &AtomicBool,
) -> Vec<Pid> {
    thread::sleep(moment);
    while !over.load(Ordering::Relaxed) {
        // Dialog and module are there only while they are needed.
        let mut ids = if before.is_empty() { children(agent, victim) } else { before.to_vec() };
        ids.retain(|id| !is_dead(*id) && kill_process(*id, Signal::KILL).is_ok());
        if !ids.is_empty() {
            return ids;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Vec::new()
}

fn see_it_dead(id: Pid) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(5);
    while !is_dead(id) {
        ensure!(Instant::now() < end, "{id:?} lives on");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// One that nobody has asked after yet (proc(5)) is dead too.
fn is_dead(id: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero()));
    let state = stat.as_deref().ok().and_then(|stat| stat.rsplit_once(") ")?.1.chars().next());
    state.is_none_or(|state| matches!(state, 'X' | 'Z'))
}

/// `false` where the card had all its APDUs before.
fn pull_at(day: &mut Day, act: &str, apdu: usize) -> Result<bool> {
    day.out_of_session()?;
    let args = day.arguments(act)?;
    day.ward.reader.say(&format!("fault remove-at {apdu}"))?;
    let answer = day.carry_out(act, &args)?;
    match code(&answer) {
        "no error" => day.takes(act, &answer)?,
        "card_removed" | "card_missing" => {}
        other => bail!("{other}: {answer}"),
    }
    // It may also go when all is done, while it is logged out.
    let reader = &mut day.ward.reader;
    let went = reader.sees_it_leave(NOTICED);
    ensure!(went || answer.get("ok").is_some(), "the card is in: {answer}");
    reader.say("fault clear")?;
    if went {
        reader.insert()?;
    }
    day.ward.wait_for_card()?;
    day.is_well()?;
    Ok(went)
}

/// Starts again what does not start by itself.
fn restore(day: &mut Day, victim: Victim) -> Result<()> {
    match victim {
        Victim::Agent | Victim::Relay => day.ward.restart_relay()?,
        Victim::Dialog | Victim::Module => {}
        Victim::Server => {
            day.ward.identity.stop();
            day.ward.identity.resume()?;
        }
        Victim::Service => day.start_reader_again()?,
    }
    day.ward.wait_for_card()
}

/// Those that are there all the time.
fn ids(ward: &Ward, victim: Victim) -> Vec<Pid> {
    let of = |id: Option<u32>| {
        let id = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        id.into_iter().collect()
    };
    match victim {
        Victim::Agent => ward.host.agent().into_iter().collect(),
        Victim::Dialog | Victim::Module => Vec::new(),
        Victim::Relay => of(Some(ward.relay.id())),
        Victim::Server => of(ward.identity.id()),
        Victim::Service => ward.reader.service().into_iter().collect(),
    }
}

/// The agent's children of this kind.
fn children(agent: Pid, victim: Victim) -> Vec<Pid> {
    let kind = if victim == Victim::Dialog { "dialog" } else { "module" };
    let parent = format!("PPid:\t{}\n", agent.as_raw_nonzero());
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_it = |path: &std::path::Path| {
        let status = fs::read_to_string(path.join("status")).unwrap_or_default();
        let line = fs::read(path.join("cmdline")).unwrap_or_default();
        status.contains(&parent) && line.split(|octet| *octet == 0).nth(1) == Some(kind.as_bytes())
    };
    let ids = processes.map(|entry| entry.path()).filter(|path| is_it(path));
    ids.filter_map(|path| path.file_name()?.to_str()?.parse().ok().and_then(Pid::from_raw))
        .collect()
}

/// Moments within a call, drawn by Knuth's linear congruential generator.
struct Moments(u64);

impl Moments {
    #[allow(clippy::disallowed_methods, reason = "other moments each time")]
    fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self(now.map(|now| now.as_nanos() as u64).unwrap_or_default())
    }

    fn next(&mut self) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Duration::from_millis((self.0 >> 33) % LONGEST)
    }
}

/// Moments at which a victim may be missing before its round is given up.
const DRAWS: u32 = 20;
/// Asked about its passcode, given it, and signing in two parts.
const FEWEST_APDUS: usize = 4;
/// Longer than pcscd's pause between two looks at a reader.
const NOTICED: Duration = Duration::from_millis(1500);
/// In milliseconds: about as long as a call takes with a user who types at once.
const LONGEST: u64 = 900;
