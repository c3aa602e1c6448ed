//! A reader that is unplugged with the card in it, and plugged in again: as pcscd hears of it from USB.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_smartcard::well_known_modules;
use wardkey_tests::stage::{AMIRA, Dialog, PASSCODE, policy};

use crate::{
    doctor,
    readers::{count, wait_for},
    ward::{ORIGIN, PORT, Plan, Ward, code, expect},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("unplugged::a_session_ends_with_its_reader_and_the_next_begins_with_it", session),
    ("unplugged::a_session_that_is_locked_comes_back_with_the_reader_and_the_passcode", locked),
    ("unplugged::a_dialog_closes_with_its_reader_and_no_try_is_spent", dialog),
    ("unplugged::while_a_card_signs_its_reader_goes", signing),
    ("unplugged::another_makers_module_finds_the_reader_again", by_module),
];

fn ward() -> Result<Ward> {
    let mut ward = Ward::planned(&Plan { unpluggable: true, ..Plan::default() })?;
    ward.call("subscribe", json!({}))?;
    Ok(ward)
}

fn session() -> Result<()> {
    let mut ward = ward()?;
    for _ in 0..2 {
        let ticket = ward.sign_in()?["ticket"].as_str().context("no ticket")?.to_owned();
        Dialog::wait_closed(&ward.desktop)?;
        ensure!(ward.identity.opens(&ticket)?, "the ticket opens nothing");
        ward.reader.unplug()?;
        let events = ward.relay.events_until(PORT, "session_ended")?;
        let ended = Instant::now();
        ensure!(
            without_readers(&events) == ["session_started", "card_removed", "session_ended"],
            "{events:?}"
        );
        let (_, last) = events.last().context("no event")?;
        ensure!(last["data"] == json!({"cause": "card_removed", "state": "ended"}), "{last}");
        while ward.identity.opens(&ticket)? {
            ensure!(ended.elapsed() < DELIVERED, "the ticket still opens");
        }
        expect(&ward.call("ticket", json!({}))?, "session_ended")?;

        ensure!(ward.call("status", json!({}))?["ok"]["cardPresent"] == false);
        // The agent may hear of the second slot a moment later.
        wait_for(&mut ward, |cards| code(cards) == "reader_missing")?;
        expect(&ward.call("sign_in", json!({}))?, "reader_missing")?;
        ensure!(!Dialog::is_open(&ward.desktop), "a dialog without a reader");
        let found = doctor::examine(&ward, &[])?;
        ensure!(found.has(&["reader_missing", "reader_service"]), "{found:?}");

        let plugged = Instant::now();
        ward.reader.plug()?;
        ward.relay.event(PORT, "card_inserted")?;
        // The slots that went had theirs too, all of them before.
        let is_change = |frame: &Value| frame["message"]["frame"]["event"] == "reader_changed";
        while ward.relay.wait_at(is_change)?.0 < plugged {}
        let cards = wait_for(&mut ward, |cards| readers(cards) == 2)?;
        ensure!(count(&cards) == 1, "{cards}");
        ensure!(doctor::examine(&ward, &[])?.has(&["reader", "card"]));
    }
    ward.sign_in().map(drop)
}

fn locked() -> Result<()> {
    let mut ward = ward()?;
    let name = "name = \"Wardkey demo identity server\"\n";
    let policy =
        policy(&ward.identity, ORIGIN).replace(name, &format!("{name}removal = \"lock\"\n"));
    ward.host.write_policy(&policy)?;
    ward.restart_agent()?;
    ward.call("subscribe", json!({}))?;
    let session = ward.sign_in()?["session"]["id"].clone();
    ward.reader.unplug()?;
    let locked = ward.relay.event(PORT, "session_locked")?;
    ensure!(locked["data"] == json!({"cause": "card_removed", "state": "locked"}), "{locked}");
    expect(&ward.call("ticket", json!({}))?, "session_locked")?;

    ward.reader.plug()?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let resumed = ward.relay.event(PORT, "session_resumed")?;
    ensure!(resumed["data"]["session"]["id"] == session, "{resumed}");
    ensure!(resumed["data"]["session"]["user"]["uid"] == AMIRA.uid, "{resumed}");
    let ticket = ward.call("ticket", json!({}))?;
    ensure!(ticket["ok"]["ticket"].is_string(), "{ticket}");
    Ok(())
}

fn dialog() -> Result<()> {
    let mut ward = ward()?;
    for command in ["sign_in", "sign"] {
        let args = match command {
            "sign" => ward.prescription("unplugged")?,
            _ => json!({}),
        };
        let (id, dialog) = ward.begin(command, args)?;
        // What was typed by then goes nowhere.
        dialog.type_text(&PASSCODE[..3])?;
        ward.reader.unplug()?;
        expect(&ward.answer(id)?, "card_removed")?;
        Dialog::wait_closed(&ward.desktop)?;
        ward.reader.plug()?;
        wait_for(&mut ward, |cards| count(cards) == 1)?;
        let passcodes = (ward.reader.tries()?, ward.reader.passcodes()?);
        ensure!(passcodes == (3, 0), "{passcodes:?}");
    }
    ward.sign_in()?;
    let args = ward.prescription("plugged-in")?;
    let signed = ward.call_with_passcode("sign", args)?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
    Ok(())
}

fn signing() -> Result<()> {
    let mut ward = ward()?;
    ward.sign_in()?;
    let args = ward.prescription("unplugged")?;
    let (id, dialog) = ward.begin("sign", args.clone())?;
    let before = ward.reader.passcodes()?;
    // Long enough for somebody at the cable.
    ward.reader.say("fault slow 4000")?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let begun = Instant::now();
    while ward.reader.passcodes()? == before {
        ensure!(begun.elapsed() < GIVEN, "the card was given no passcode");
        thread::sleep(Duration::from_millis(20));
    }
    ward.reader.unplug()?;
    // Which of them is a matter of what pcscd says first. `outcome_unknown` is the SDK's word for a
    // broken road to the agent; the agent itself never says so.
    let gone = ward.answer(id)?;
    ensure!(["card_removed", "reader_missing"].contains(&code(&gone)), "{gone}");
    Dialog::wait_closed(&ward.desktop)?;
    ward.relay.event(PORT, "session_ended")?;
    ward.reader.say("fault clear")?;
    ward.reader.plug()?;
    wait_for(&mut ward, |cards| count(cards) == 1)?;
    ensure!(ward.reader.tries()? == 3, "a try was spent");
    ward.sign_in()?;
    let signed = ward.call_with_passcode("sign", args)?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
    Ok(())
}

fn by_module() -> Result<()> {
    let mut ward = ward()?;
    let is_opensc = |path: &PathBuf| path.to_string_lossy().contains("opensc-pkcs11");
    let opensc = well_known_modules().into_iter().find(is_opensc).context("no OpenSC")?;
    let cards = format!("[cards]\npiv = false\nmodules = [{opensc:?}]\n");
    ward.host.write_policy(&format!("{}{cards}", policy(&ward.identity, ORIGIN)))?;
    ward.restart_agent()?;
    ward.call("subscribe", json!({}))?;
    for _ in 0..2 {
        ward.sign_in()?;
        ward.reader.unplug()?;
        ward.relay.event(PORT, "session_ended")?;
        wait_for(&mut ward, |cards| code(cards) == "reader_missing")?;
        ward.reader.plug()?;
        wait_for(&mut ward, |cards| count(cards) == 1)?;

        let (id, _) = ward.begin("sign_in", json!({}))?;
        ward.reader.unplug()?;
        expect(&ward.answer(id)?, "card_removed")?;
        Dialog::wait_closed(&ward.desktop)?;
        ward.reader.plug()?;
        wait_for(&mut ward, |cards| count(cards) == 1)?;
    }
    ward.sign_in()?;
    let args = ward.prescription("by-module")?;
    let signed = ward.call_with_passcode("sign", args)?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
    ensure!(ward.reader.tries()? == 3, "a try was spent");
    Ok(())
}

fn readers(cards: &Value) -> usize {
    cards["ok"]["readers"].as_array().map_or(usize::MAX, Vec::len)
}

/// Those of the card and the session; a reader of two slots changes more than once.
fn without_readers(events: &[(Instant, Value)]) -> Vec<&str> {
    let names = events.iter().filter_map(|(_, event)| event["event"].as_str());
    names.filter(|name| *name != "reader_changed").collect()
}

/// After the page heard of the end, until the server has.
const DELIVERED: Duration = Duration::from_secs(20);
/// Three slow answers come before the card is given the passcode.
const GIVEN: Duration = Duration::from_secs(40);
