//! What becomes of sessions when cards come and go, and when the server is away: real readers, real
//! cards, a real server, and relays as two browsers have them.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{
    AMIRA, CardStore, Certificate, Dialog, PASSCODE, Purpose, Reader, Relay, TOM, User, policy,
};

use crate::ward::{ORIGIN, PORT, Plan, Ward, expect};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("removal::a_card_taken_out_locks_and_comes_back_with_the_passcode", lock_and_resume),
    ("removal::two_browsers_and_five_tabs_hear_the_same_in_order", everyone_hears),
    ("removal::two_browsers_and_five_tabs_hear_of_role_lock_and_return", everyone_returns),
    ("removal::a_card_put_back_in_time_changes_nothing", grace),
    ("removal::what_asks_for_the_passcode_in_our_place_goes_with_the_card", pinentry),
    ("removal::users_swap_by_their_cards", swap),
    ("removal::a_second_card_in_a_second_reader", two_readers),
    ("removal::a_server_that_is_away_hears_of_it_though_the_agent_was_killed", away_and_killed),
    ("removal::a_server_that_is_away_hears_of_a_lock_and_the_card_resumes", away_and_locked),
    ("removal::a_server_that_hangs_is_told_as_unreachable_soon", hangs),
];

/// A ward whose policy has more to say of its server.
fn ward(keys: &str) -> Result<Ward> {
    ward_of(AMIRA, keys)
}

fn ward_of(user: User, keys: &str) -> Result<Ward> {
    let mut ward = Ward::planned(&Plan { user, ..Plan::default() })?;
    let name = "name = \"Wardkey demo identity server\"\n";
    ward.host
        .write_policy(&policy(&ward.identity, ORIGIN).replace(name, &format!("{name}{keys}\n")))?;
    ward.restart_agent()?;
    ward.call("subscribe", json!({}))?;
    Ok(ward)
}

fn ticket(ward: &mut Ward) -> Result<String> {
    let answer = ward.call("ticket", json!({}))?;
    Ok(answer["ok"]["ticket"].as_str().with_context(|| answer.to_string())?.to_owned())
}

/// Types the passcode into the dialog that opened by itself.
fn passcode(ward: &Ward) -> Result<()> {
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")
}

fn card_of(ward: &Ward, user: User) -> Result<CardStore> {
    let ordinary =
        [(Purpose::Login, Certificate::Ordinary), (Purpose::Content, Certificate::Ordinary)];
    let folder = ward.folder.path().join(format!("card-of-{}", user.uid));
    CardStore::with(&ward.programs, &ward.identity, &folder, user, &ordinary)
}

fn until_it_opens_nothing(ward: &Ward, ticket: &str) -> Result<()> {
    let begun = Instant::now();
    while ward.identity.opens(ticket)? {
        ensure!(begun.elapsed() < Duration::from_secs(15), "the ticket still opens");
    }
    Ok(())
}

/// What a page was told, and when.
type Events = Vec<(Instant, Value)>;

fn names(events: &[(Instant, Value)]) -> Vec<&str> {
    events.iter().filter_map(|(_, event)| event["event"].as_str()).collect()
}

fn lock_and_resume() -> Result<()> {
    let mut ward = ward("removal = \"lock\"")?;
    let session = ward.sign_in()?["session"]["id"].clone();
    let before = ticket(&mut ward)?;
    ensure!(ward.identity.opens(&before)?, "the ticket opens nothing");
    ward.reader.remove()?;
    let locked = ward.relay.event(PORT, "session_locked")?;
    ensure!(locked["data"] == json!({"cause": "card_removed", "state": "locked"}), "{locked}");
    until_it_opens_nothing(&ward, &before)?;
    for command in ["ticket", "user"] {
        expect(&ward.call(command, json!({}))?, "session_locked")?;
    }
    let args = ward.prescription("locked")?;
    expect(&ward.call("sign", args)?, "session_locked")?;
    let status = ward.call("status", json!({}))?;
    ensure!(status["ok"]["session"]["state"] == "locked", "{status}");
    ensure!(status["ok"]["session"].get("user").is_none(), "{status}");

    ward.reader.insert()?;
    passcode(&ward)?;
    let resumed = ward.relay.event(PORT, "session_resumed")?;
    ensure!(resumed["data"]["session"]["id"] == session, "{resumed}");
    ensure!(resumed["data"]["session"]["user"]["uid"] == AMIRA.uid, "{resumed}");
    let after = ticket(&mut ward)?;
    ensure!(after != before && ward.identity.opens(&after)?, "no new ticket");
    ensure!(!ward.identity.opens(&before)?, "the ticket of before opens again");
    Ok(())
}

fn everyone_hears() -> Result<()> {
    let mut ward = ward("")?;
    let mut other = everyone(&mut ward, Ward::sign_in)?;
    ward.reader.pull()?;
    let pulled = Instant::now();
    for events in everyone_until(&mut ward, &mut other, "session_ended")? {
        in_order(&events, &["session_started", "card_removed", "session_ended"])?;
        let (at, last) = &events[2];
        ensure!(last["data"] == json!({"cause": "card_removed", "state": "ended"}), "{last}");
        ensure!(
            at.duration_since(pulled) < Duration::from_secs(5),
            "{:?}",
            at.duration_since(pulled)
        );
    }
    Ok(())
}

fn everyone_returns() -> Result<()> {
    let mut ward = ward_of(TOM, "removal = \"lock\"")?;
    let mut first = Value::Null;
    let mut other = everyone(&mut ward, |ward| {
        let (id, dialog) = ward.begin("sign_in", json!({}))?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        dialog.wait_for_roles()?;
        dialog.press("Return")?;
        let answer = ward.answer(id)?;
        first = answer["ok"]["session"]["user"]["role"].clone();
        Ok(answer["ok"].clone())
    })?;
    let id = ward.relay.begin(PORT, "select_role", json!({}))?;
    let roles = Dialog::wait(&ward.desktop)?;
    roles.wait_for_roles()?;
    ["Down", "Return"].into_iter().try_for_each(|key| roles.press(key))?;
    let selected = ward.answer(id)?;
    let session = selected["ok"]["session"].clone();
    ensure!(session["user"]["role"]["id"].is_string(), "{selected}");
    ensure!(session["user"]["role"] != first, "the same role: {selected}");
    Dialog::wait_closed(&ward.desktop)?;
    ward.reader.remove()?;
    let mut told = everyone_until(&mut ward, &mut other, "session_locked")?;
    ward.reader.insert()?;
    passcode(&ward)?;
    let after = everyone_until(&mut ward, &mut other, "session_resumed")?;
    for (events, after) in told.iter_mut().zip(after) {
        events.extend(after);
        in_order(
            events,
            &[
                "session_started",
                "role_changed",
                "card_removed",
                "session_locked",
                "card_inserted",
                "session_resumed",
            ],
        )?;
        let (_, resumed) = &events[5];
        ensure!(resumed["data"]["session"]["id"] == session["id"], "{resumed}");
        ensure!(resumed["data"]["session"]["user"]["role"] == session["user"]["role"], "{resumed}");
    }
    Ok(())
}

/// Five pages of two browsers in one session, which the first of them begins; the other browser.
fn everyone(ward: &mut Ward, sign_in: impl FnOnce(&mut Ward) -> Result<Value>) -> Result<Relay> {
    let mut other = Relay::start(&ward.programs, &ward.environment())?;
    for port in &FIRST[1..] {
        ward.relay.open(*port, ORIGIN)?;
    }
    for port in SECOND {
        other.open(port, ORIGIN)?;
        other.call(port, "subscribe", json!({}))?;
    }
    let session = sign_in(ward)?["session"]["id"].clone();
    ensure!(session.is_string(), "no session");
    for port in &FIRST[1..] {
        ward.relay.call(*port, "subscribe", json!({}))?;
        ensure!(ward.relay.call(*port, "sign_in", json!({}))?["ok"]["session"]["id"] == session);
    }
    for port in SECOND {
        ensure!(other.call(port, "sign_in", json!({}))?["ok"]["session"]["id"] == session);
    }
    Ok(other)
}

/// What each of the five pages has heard until this.
fn everyone_until(ward: &mut Ward, other: &mut Relay, name: &str) -> Result<Vec<Events>> {
    let mut told = Vec::new();
    for port in FIRST {
        told.push(ward.relay.events_until(port, name)?);
    }
    for port in SECOND {
        told.push(other.events_until(port, name)?);
    }
    Ok(told)
}

/// These are all that were told, with numbers that leave none out.
fn in_order(events: &Events, wanted: &[&str]) -> Result<()> {
    ensure!(names(events) == wanted, "{events:?}");
    let numbers = events.iter().map(|(_, event)| event["seq"].as_u64());
    ensure!(numbers.eq((1..).map(Some).take(wanted.len())), "{events:?}");
    Ok(())
}

fn grace() -> Result<()> {
    let mut ward = ward("removal = \"lock\"\nremoval_grace_seconds = 4")?;
    ward.sign_in()?;
    let before = ticket(&mut ward)?;
    ward.reader.remove()?;
    ward.relay.event(PORT, "card_removed")?;
    ward.reader.insert()?;
    ward.relay.event(PORT, "card_inserted")?;
    thread::sleep(Duration::from_secs(6));
    ensure!(ticket(&mut ward)? == before && ward.identity.opens(&before)?, "something happened");
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog opened");
    ward.reader.remove()?;
    ensure!(ticket(&mut ward)? == before, "it was locked at once");
    let events = ward.relay.events_until(PORT, "session_locked")?;
    ensure!(names(&events) == ["session_started", "card_removed", "session_locked"], "{events:?}");
    expect(&ward.call("ticket", json!({}))?, "session_locked")
}

/// A pinentry program that asks for good: once its card is pulled, and once its page gives up.
fn pinentry() -> Result<()> {
    let mut ward = Ward::usual()?;
    let (program, asks) = (ward.folder.path().join("pinentry"), ward.folder.path().join("asks"));
    let script = format!(
        "#!/bin/sh\necho OK\nwhile read -r order _; do\n\
         [ \"$order\" = GETPIN ] && echo $$ > '{}' && read -r order\necho OK\ndone\n",
        asks.display()
    );
    fs::write(&program, script)?;
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let dialog = format!("\n[dialog]\npinentry = \"{}\"\n", program.display());
    ward.host.write_policy(&format!("{}{dialog}", policy(&ward.identity, ORIGIN)))?;
    ward.restart_agent()?;
    for wanted in ["card_removed", "cancelled"] {
        let (id, dialog) = ward.begin("sign_in", json!({}))?;
        dialog.press("Return")?;
        let asking = asked_by(&asks)?;
        ensure!(asking.exists(), "nobody asks");
        match wanted {
            "card_removed" => ward.reader.remove()?,
            _ => ward.relay.message(PORT, json!({"cancel": id}))?,
        }
        expect(&ward.answer(id)?, wanted)?;
        Dialog::wait_closed(&ward.desktop)?;
        ensure!(!asking.exists(), "it still asks");
        if wanted == "card_removed" {
            ward.reader.insert()?;
            ward.wait_for_card()?;
        }
    }
    ensure!(ward.reader.tries()? == 3, "a try was spent");
    Ok(())
}

/// The process that wrote its id there.
fn asked_by(file: &Path) -> Result<PathBuf> {
    let begun = Instant::now();
    loop {
        if let Some(id) = fs::read_to_string(file).ok().filter(|id| id.ends_with('\n')) {
            fs::remove_file(file)?;
            return Ok(Path::new("/proc").join(id.trim()));
        }
        ensure!(begun.elapsed() < Duration::from_secs(15), "no passcode is asked for");
        thread::sleep(Duration::from_millis(20));
    }
}

fn swap() -> Result<()> {
    let mut ward = ward("removal = \"lock\"")?;
    let (amira, tom) = (card_of(&ward, AMIRA)?, card_of(&ward, TOM)?);
    ward.reader.swap(&amira)?;
    ward.wait_for_card()?;
    let first = ward.sign_in()?["session"]["id"].clone();
    let hers = ticket(&mut ward)?;

    ward.reader.swap(&tom)?;
    let begun = Instant::now();
    passcode(&ward)?;
    let roles = Dialog::wait(&ward.desktop)?;
    roles.wait_for_roles()?;
    roles.press("Return")?;
    Dialog::wait_closed(&ward.desktop)?;
    ward.relay.event(PORT, "session_changed")?;
    ensure!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    // Her page has nothing of his session until it signs in again, which needs no passcode.
    expect(&ward.call("user", json!({}))?, "session_locked")?;
    ensure!(!ward.identity.opens(&hers)?, "her ticket opens");
    let his = ward.call("sign_in", json!({}))?;
    ensure!(his["ok"]["session"]["user"]["uid"] == TOM.uid, "{his}");
    ensure!(his["ok"]["session"]["id"] != first, "{his}");

    ward.relay.open(2, ORIGIN)?;
    ward.reader.swap(&amira)?;
    passcode(&ward)?;
    ward.relay.event(PORT, "session_changed")?;
    Dialog::wait_closed(&ward.desktop)?;
    expect(&ward.call("user", json!({}))?, "session_locked")?;
    let back = ward.relay.call(2, "sign_in", json!({}))?;
    ensure!(back["ok"]["session"]["id"] == first, "{back}");
    ensure!(back["ok"]["session"]["user"]["uid"] == AMIRA.uid, "{back}");
    Ok(())
}

fn two_readers() -> Result<()> {
    let mut ward = ward("")?;
    let (amira, tom) = (card_of(&ward, AMIRA)?, card_of(&ward, TOM)?);
    ward.host.kill_agent();
    ward.reader = Reader::two(&ward.programs, &ward.folder.path().join("two"), [&amira, &tom])?;
    ward.reader.remove_from(2)?;
    ward.relay = Relay::start(&ward.programs, &ward.environment())?;
    ward.relay.open(PORT, ORIGIN)?;
    ward.wait_for_card()?;
    ward.call("subscribe", json!({}))?;
    let first = ward.sign_in()?["session"]["id"].clone();
    let hers = ticket(&mut ward)?;

    ward.reader.insert_into(2)?;
    let changed = ward.relay.event(PORT, "session_changed")?;
    let data = json!({"cause": "user_changed", "state": "suspended"});
    ensure!(changed["data"] == data, "{changed}");
    until_it_opens_nothing(&ward, &hers)?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.press("Escape")?;
    Dialog::wait_closed(&ward.desktop)?;
    // The second user thought better of it; the first types the passcode again.
    ward.reader.remove_from(2)?;
    let again = ward.call_with_passcode("sign_in", json!({}))?;
    ensure!(again["ok"]["session"]["id"] == first, "{again}");
    ensure!(again["ok"]["session"]["user"]["uid"] == AMIRA.uid, "{again}");
    Ok(())
}

fn away_and_killed() -> Result<()> {
    let mut ward = ward("")?;
    let ticket = ward.sign_in()?["ticket"].as_str().context("no ticket")?.to_owned();
    ward.identity.stop();
    ward.reader.remove()?;
    let ended = ward.relay.event(PORT, "session_ended")?;
    ensure!(ended["data"]["cause"] == "card_removed", "{ended}");
    expect(&ward.call("ticket", json!({}))?, "session_ended")?;
    let folder = ward.host.folder().join("undelivered");
    let kept = || -> Result<Vec<String>> {
        let files = fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?;
        // Under another name it is still being written.
        let whole = files.into_iter().filter(|file| file.path().extension().is_none());
        whole.map(|file| Ok(fs::read_to_string(file.path())?)).collect()
    };
    let begun = Instant::now();
    while kept()?.len() != 1 || !kept()?[0].ends_with('}') {
        ensure!(begun.elapsed() < Duration::from_secs(10), "nothing is kept");
        thread::sleep(Duration::from_millis(10));
    }
    ensure!(!kept()?[0].contains(&ticket[..24]), "a ticket lies on the disk");
    ward.host.kill_agent();

    ward.identity.resume()?;
    ensure!(ward.identity.opens(&ticket)?, "it ended without a word of the agent");
    ward.relay = Relay::start(&ward.programs, &ward.environment())?;
    until_it_opens_nothing(&ward, &ticket)?;
    let begun = Instant::now();
    while !kept()?.is_empty() {
        ensure!(begun.elapsed() < Duration::from_secs(10), "it was delivered and is kept");
        thread::sleep(Duration::from_millis(10));
    }
    ward.relay.open(PORT, ORIGIN)?;
    ward.reader.insert()?;
    ward.wait_for_card()?;
    ward.sign_in().map(drop)
}

fn away_and_locked() -> Result<()> {
    let mut ward = ward("removal = \"lock\"")?;
    let session = ward.sign_in()?["session"]["id"].clone();
    let before = ticket(&mut ward)?;
    ward.identity.stop();
    ward.reader.remove()?;
    ward.relay.event(PORT, "session_locked")?;
    ward.reader.insert()?;
    ward.relay.event(PORT, "card_inserted")?;
    // The dialog that opens by itself closes by itself.
    let mut refused = ward.call("sign_in", json!({}))?;
    while refused["error"]["code"] == "busy" {
        Dialog::wait_closed(&ward.desktop)?;
        refused = ward.call("sign_in", json!({}))?;
    }
    expect(&refused, "server_unreachable")?;
    expect(&ward.call("ticket", json!({}))?, "session_locked")?;
    ward.identity.resume()?;
    until_it_opens_nothing(&ward, &before)?;
    let back = ward.call_with_passcode("sign_in", json!({}))?;
    ensure!(back["ok"]["session"]["id"] == session, "{back}");
    let after = ticket(&mut ward)?;
    ensure!(ward.identity.opens(&after)?, "the new ticket opens nothing");
    Ok(())
}

fn hangs() -> Result<()> {
    let mut ward = ward("")?;
    ward.identity.hang()?;
    let begun = Instant::now();
    let refused = ward.call("sign_in", json!({}));
    ward.identity.go_on()?;
    expect(&refused?, "server_unreachable")?;
    ensure!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    Dialog::wait_closed(&ward.desktop)?;
    ward.sign_in().map(drop)
}

/// The pages of the first browser, and of the second.
const FIRST: [u32; 3] = [PORT, 2, 3];
const SECOND: [u32; 2] = [1, 2];
