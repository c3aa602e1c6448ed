//! Whatever is killed, at whatever moment, and whenever the card goes: nobody is left waiting, no
//! window stays, no try is spent, the record holds, and the next call works.

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
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use wardkey_tests::stage::{AMIRA, Answer, CardStore, Dialog, PASSCODE, Reader};

use crate::{
    record::Record,
    ward::{PORT, Ward, code},
};

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
    let mut ward = Ward::usual()?;
    let mut kept = Kept::default();
    for round in 0..rounds.unwrap_or(1) {
        for victim in VICTIMS {
            for act in ACTS {
                let round = format!("round {round}: {victim:?}");
                kill_once_during(&mut ward, victim, act, &mut moments, &mut kept, &round)?;
            }
        }
    }
    Ok(())
}

/// A round counts once its victim died while the call was under way.
fn kill_once_during(
    ward: &mut Ward,
    victim: Victim,
    act: &str,
    moments: &mut Moments,
    kept: &mut Kept,
    round: &str,
) -> Result<()> {
    for _ in 0..DRAWS {
        let moment = moments.next();
        let killed = kill_during(ward, victim, act, moment, kept)
            .with_context(|| format!("{round} {moment:?} into {act}"))?;
        if killed {
            return Ok(());
        }
        println!("{round} was not there {moment:?} into {act}: another moment");
    }
    bail!("{round} was never there during {act}, at {DRAWS} moments")
}

fn at_each_apdu() -> Result<()> {
    let mut ward = Ward::usual()?;
    let mut kept = Kept::default();
    for act in ACTS {
        // The first one finds the card before anybody has read it.
        let mut apdu = 1;
        // Until the card has had them all.
        while pull_at(&mut ward, act, apdu, &mut kept)
            .with_context(|| format!("APDU {apdu} of {act}"))?
        {
            apdu += 1;
            ensure!(apdu < 60, "{act} does not end");
        }
        ensure!(apdu > FEWEST_APDUS, "{act} took {apdu} APDUs: the card was not asked");
    }
    Ok(())
}

/// What was promised so far.
#[derive(Default)]
struct Kept {
    signatures: usize,
    calls: usize,
}

/// `false` where the call was answered before there was anybody to kill.
fn kill_during(
    ward: &mut Ward,
    victim: Victim,
    act: &str,
    moment: Duration,
    kept: &mut Kept,
) -> Result<bool> {
    out_of_session(ward)?;
    let args = arguments(ward, act, kept)?;
    let before = ids(ward, victim);
    let agent = ward.host.agent().context("no agent")?;
    let over = Arc::new(AtomicBool::new(false));
    let until = over.clone();
    let id = ward.relay.begin(PORT, act, args)?;
    let killer = thread::spawn(move || kill(victim, agent, &before, moment, &until));
    let answer = answer_to_user(ward, id);
    over.store(true, Ordering::Relaxed);
    let killed = killer.join().map_err(|_| anyhow!("the killer failed"))?;
    // An agent that goes takes its relays along; the extension answers in their place.
    let takes_the_relay = matches!(victim, Victim::Agent | Victim::Relay) && !killed.is_empty();
    match answer? {
        Some(answer) if answer.get("ok").is_some() => {
            if act == "sign" {
                ensure!(answer["ok"]["results"][0]["signature"].is_string(), "{answer}");
                kept.signatures += 1;
            }
        }
        Some(answer) => ensure!(code(&answer) != "no error", "{answer}"),
        None => ensure!(takes_the_relay, "the relay ended"),
    }
    if killed.is_empty() {
        // More windows in a short time than a page may open, perhaps.
        thread::sleep(Duration::from_secs(1));
        return Ok(false);
    }
    killed.into_iter().try_for_each(see_it_dead)?;
    restore(ward, victim)?;
    is_well(ward, kept)?;
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
fn pull_at(ward: &mut Ward, act: &str, apdu: usize, kept: &mut Kept) -> Result<bool> {
    out_of_session(ward)?;
    let args = arguments(ward, act, kept)?;
    ward.reader.say(&format!("fault remove-at {apdu}"))?;
    let answer = carry_out(ward, act, &args)?;
    match code(&answer) {
        "no error" if act == "sign" => kept.signatures += 1,
        "no error" | "card_removed" | "card_missing" => {}
        other => bail!("{other}: {answer}"),
    }
    // It may also go when all is done, while it is logged out.
    let went = ward.reader.sees_it_leave(NOTICED);
    ensure!(went || answer.get("ok").is_some(), "the card is in: {answer}");
    ward.reader.say("fault clear")?;
    if went {
        ward.reader.insert()?;
    }
    ward.wait_for_card()?;
    is_well(ward, kept)?;
    Ok(went)
}

/// Signs out, so that the act begins at its beginning.
fn out_of_session(ward: &mut Ward) -> Result<()> {
    ward.wait_for_card()?;
    // Without a session there is nothing to sign out of.
    ward.call("sign_out", json!({})).map(drop)
}

fn arguments(ward: &Ward, act: &str, kept: &mut Kept) -> Result<Value> {
    kept.calls += 1;
    if act == "sign" { ward.prescription(&format!("call-{}", kept.calls)) } else { Ok(json!({})) }
}

/// The answer to a call whose user types the passcode as soon as a window asks for it, and again
/// where that came to nothing. `None`: the relay has ended.
fn answer_to_user(ward: &mut Ward, id: u32) -> Result<Option<Value>> {
    let begun = Instant::now();
    let mut typed: Option<Instant> = None;
    loop {
        match ward.relay.answer_within(PORT, id, Duration::from_millis(20)) {
            Answer::Came(answer) => return Ok(Some(answer)),
            Answer::Lost => return Ok(None),
            Answer::Due => {}
        }
        let asked = Dialog::asks_for_passcode(&ward.desktop);
        ensure!(
            begun.elapsed() < PATIENCE,
            "no answer; the passcode is asked for: {asked}, and was typed: {}",
            typed.is_some()
        );
        let came_to_nothing = || typed.is_some_and(|at| at.elapsed() > COMES_TO_NOTHING);
        if asked && (typed.is_none() || came_to_nothing()) {
            // The window may go at any moment.
            let _ = type_the_passcode(ward, typed.is_some());
            typed = Some(Instant::now());
        }
    }
}

fn type_the_passcode(ward: &Ward, anew: bool) -> Result<()> {
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    if anew {
        dialog.press("ctrl+a")?;
    }
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")
}

/// Starts again what does not start by itself.
fn restore(ward: &mut Ward, victim: Victim) -> Result<()> {
    match victim {
        Victim::Agent | Victim::Relay => ward.restart_relay()?,
        Victim::Dialog | Victim::Module => {}
        Victim::Server => {
            ward.identity.stop();
            ward.identity.resume()?;
        }
        Victim::Service => {
            let folder = ward.folder.path();
            let card = CardStore { folder: folder.join("card") };
            ward.reader = Reader::start_again(&ward.programs, &folder.join("reader"), &card)?;
        }
    }
    ward.wait_for_card()
}

fn is_well(ward: &mut Ward, kept: &mut Kept) -> Result<()> {
    Dialog::wait_closed(&ward.desktop)?;
    let status = ward.call("status", json!({}))?;
    let uid = &status["ok"]["session"]["user"]["uid"];
    ensure!(uid.is_null() || *uid == AMIRA.uid, "another's session: {status}");
    ensure!(ward.reader.tries()? == 3, "a try was spent");
    let ticket = next(ward, "sign_in", json!({}))?["ok"]["ticket"].clone();
    ensure!(
        ward.identity.opens(ticket.as_str().context("no ticket")?)?,
        "the ticket opens nothing"
    );
    let args = arguments(ward, "sign", kept)?;
    let signed = next(ward, "sign", args)?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
    kept.signatures += 1;
    let recorded = Record::read(&ward.host)?.count("sign", "ok");
    ensure!(recorded >= kept.signatures, "{recorded} of {} are recorded", kept.signatures);
    Ok(())
}

/// The next call, which works.
fn next(ward: &mut Ward, command: &str, args: Value) -> Result<Value> {
    let answer = carry_out(ward, command, &args)?;
    ensure!(answer.get("ok").is_some(), "the next {command}: {answer}");
    Ok(answer)
}

/// A call, with the passcode where it is asked for. A page that opened more windows in a short time than
/// it may waits, and so does one that meets a window on its way out.
fn carry_out(ward: &mut Ward, command: &str, args: &Value) -> Result<Value> {
    let begun = Instant::now();
    loop {
        let id = ward.relay.begin(PORT, command, args.clone())?;
        let answer = answer_to_user(ward, id)?.context("the relay ended")?;
        let waits = matches!(code(&answer), "busy" | "rate_limited");
        if !waits || begun.elapsed() > WAITS {
            return Ok(answer);
        }
        thread::sleep(Duration::from_secs(1));
    }
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
/// Longer than whatever the agent waits for, and shorter than it waits for its user.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than windows count that were opened, and than one that nobody waits for is given to go.
const WAITS: Duration = Duration::from_secs(20);
/// After this time a user who sees no change types again.
const COMES_TO_NOTHING: Duration = Duration::from_secs(4);
/// Asked about its passcode, given it, and signing in two parts.
const FEWEST_APDUS: usize = 4;
/// Longer than pcscd's pause between two looks at a reader.
const NOTICED: Duration = Duration::from_millis(1500);
/// In milliseconds: about as long as a call takes with a user who types at once.
const LONGEST: u64 = 900;
