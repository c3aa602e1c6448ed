//! Whatever is killed, at whatever moment, and whenever the card goes: nobody is left waiting, no
//! window stays, no try is spent, the record holds, and the next call works.

use std::{
    fs, thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use wardkey_tests::stage::{AMIRA, CardStore, Dialog, PASSCODE, Reader};

use crate::{
    record::Record,
    ward::{PORT, Ward, code},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("killed::whoever_dies_at_any_moment_the_next_call_works", at_any_moment),
    ("killed::a_card_that_goes_at_any_apdu_costs_nothing", at_any_apdu),
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
                let moment = moments.next();
                kill_during(&mut ward, victim, act, moment, &mut kept)
                    .with_context(|| format!("round {round}: {victim:?} {moment:?} into {act}"))?;
            }
        }
    }
    Ok(())
}

/// At some of them, drawn anew each time, or at each where `WARDKEY_FAULT_ROUNDS` is set.
fn at_any_apdu() -> Result<()> {
    let step = if std::env::var_os("WARDKEY_FAULT_ROUNDS").is_some() { 1 } else { 4 };
    let mut ward = Ward::usual()?;
    let mut kept = Kept::default();
    for act in ACTS {
        let mut apdu = 1 + usize::try_from(Moments::new().next().as_millis())? % step;
        // Until the card has had them all.
        while pull_at(&mut ward, act, apdu, &mut kept)
            .with_context(|| format!("APDU {apdu} of {act}"))?
        {
            apdu += step;
            ensure!(apdu < 60, "{act} does not end");
        }
    }
    Ok(())
}

/// What was promised so far.
#[derive(Default)]
struct Kept {
    signatures: usize,
    calls: usize,
}

fn kill_during(
    ward: &mut Ward,
    victim: Victim,
    act: &str,
    moment: Duration,
    kept: &mut Kept,
) -> Result<()> {
    out_of_session(ward)?;
    let args = arguments(ward, act, kept)?;
    let before = ids(ward, victim);
    let agent = ward.host.agent().context("no agent")?;
    let id = ward.relay.begin(PORT, act, args)?;
    let killer = thread::spawn(move || {
        thread::sleep(moment);
        // Dialog and module are there only while they are needed.
        let end = Instant::now() + Duration::from_secs(1);
        loop {
            let ids = if before.is_empty() { children(agent, victim) } else { before.clone() };
            let killed = ids.iter().filter(|id| kill_process(**id, Signal::KILL).is_ok()).count();
            if killed > 0 || Instant::now() > end {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    });
    type_the_passcode(ward);
    let answer = ward.answer(id);
    ensure!(killer.join().is_ok(), "the killer failed");
    if act == "sign" && answer.as_ref().is_ok_and(|answer| answer.get("ok").is_some()) {
        kept.signatures += 1;
    }
    restore(ward, victim)?;
    is_well(ward, kept)
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

/// As a user would, if there is a window and for as long as there is.
fn type_the_passcode(ward: &Ward) {
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end && !Dialog::is_open(&ward.desktop) {
        thread::sleep(Duration::from_millis(20));
    }
    if !Dialog::is_open(&ward.desktop) {
        return;
    }
    let _ = Dialog::wait(&ward.desktop).and_then(|dialog| {
        dialog.wait_for_passcode_field()?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")
    });
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

/// A call, with the passcode where it is asked for.
fn carry_out(ward: &mut Ward, command: &str, args: &Value) -> Result<Value> {
    loop {
        let id = ward.relay.begin(PORT, command, args.clone())?;
        type_the_passcode(ward);
        let answer = ward.answer(id)?;
        if code(&answer) != "rate_limited" {
            return Ok(answer);
        }
        // More dialogs in a short time than a page may open.
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

/// Longer than pcscd's pause between two looks at a reader.
const NOTICED: Duration = Duration::from_millis(1500);
/// In milliseconds: about as long as a call takes with a user who types at once.
const LONGEST: u64 = 900;
