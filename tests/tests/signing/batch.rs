//! Many documents with one consent, by a card whose content key demands the passcode for each
//! signature.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wardkey_pki::Certificate;
use wardkey_protocol::Base64;
use wardkey_tests::stage::{
    AMIRA, CardStore, Certificate as Issued, Dialog, PASSCODE, Purpose, TOM, policy,
};

use super::{
    cades::{openssl, picture, signature},
    ward::{ORIGIN, PORT, Ward, base64, code, expect},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("batch::the_passcode_is_asked_for_again_where_the_key_demands_it", again),
    ("batch::documents_can_be_left_out", left_out),
    ("batch::a_card_pulled_halfway_gives_what_is_finished", pulled),
    ("batch::stopping_halfway_gives_what_is_finished", stopped),
    ("batch::a_page_that_cancels_halfway_finds_what_is_finished_by_its_key", cancelled),
    ("batch::what_is_not_signed_in_time_is_named", late),
    ("batch::two_hundred_and_fifty_documents", many),
    ("batch::what_policy_does_not_admit_is_refused_without_a_dialog", bounds),
    ("batch::policy_bounds_the_batches_of_one_origin", bounds_of_origin),
    ("batch::the_record_says_who_signed_what_with_which_certificate", recorded),
    ("batch::a_card_that_is_not_the_sessions_signs_nothing", foreign),
    ("batch::a_page_whose_session_is_over_signs_with_nobodys_card", over),
];

fn arguments(key: &str, count: usize) -> Value {
    let documents: Vec<Value> = (0..count)
        .map(|number| {
            json!({
                "id": number.to_string(), "name": format!("Letter to the patient {number}"),
                "mediaType": "text/plain", "content": base64(text(number).as_bytes()),
            })
        })
        .collect();
    json!({"key": format!("{key:0>16}"), "format": "cades", "documents": documents})
}

fn text(number: usize) -> String {
    format!("Your next appointment is number {number}.\n")
}

/// A ward whose policy has these lines for batches.
fn ward(lines: &str) -> Result<Ward> {
    let mut ward = Ward::usual()?;
    let policy = format!("{}\n[batch]\n{lines}\n", policy(&ward.identity, ORIGIN));
    ward.host.write_policy(&policy)?;
    ward.restart_agent()?;
    Ok(ward)
}

fn consent(dialog: &Dialog) -> Result<()> {
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")
}

/// Waits until so many documents are signed.
fn wait_for(ward: &mut Ward, id: u32, done: u64) -> Result<()> {
    ward.relay.wait_for(|frame| {
        let frame = &frame["message"]["frame"];
        frame["id"] == id && frame["progress"]["done"].as_u64() >= Some(done)
    })?;
    Ok(())
}

/// The codes of the errors, `ok` for what is signed, each of which OpenSSL verifies.
fn outcomes(ward: &Ward, signed: &Value) -> Result<Vec<String>> {
    let results = signed["ok"]["results"].as_array().with_context(|| signed.to_string())?;
    let outcome = |(number, result): (usize, &Value)| {
        if result["signature"].is_string() {
            let octets = openssl(ward, &signature(signed, number)?, None)?;
            ensure!(octets == text(number).as_bytes(), "another document");
            return Ok("ok".to_owned());
        }
        Ok(code(result).to_owned())
    };
    results.iter().enumerate().map(outcome).collect()
}

fn again() -> Result<()> {
    let mut ward = Ward::usual()?;
    let (id, dialog) = ward.begin("sign", arguments("again", 2))?;
    consent(&dialog)?;
    wait_for(&mut ward, id, 1)?;
    dialog.wait_for_passcode_field()?;
    picture(&dialog, "sign-again")?;
    consent(&dialog)?;
    let signed = ward.answer(id)?;
    ensure!(outcomes(&ward, &signed)? == ["ok", "ok"], "{signed}");
    // The second passcode is refused: the first signature is there.
    let (id, dialog) = ward.begin("sign", arguments("refused", 2))?;
    consent(&dialog)?;
    wait_for(&mut ward, id, 1)?;
    dialog.wait_for_passcode_field()?;
    dialog.press("Escape")?;
    let signed = ward.answer(id)?;
    ensure!(outcomes(&ward, &signed)? == ["ok", "user_cancelled"], "{signed}");
    Ok(())
}

fn left_out() -> Result<()> {
    let mut ward = ward("hold_passcode = true")?;
    let (id, dialog) = ward.begin("sign", arguments("left-out", 3))?;
    // From the passcode back over the third document to the second.
    for key in ["shift+Tab"; 4] {
        dialog.press(key)?;
    }
    dialog.press("space")?;
    picture(&dialog, "sign-left-out")?;
    for key in ["Tab"; 4] {
        dialog.press(key)?;
    }
    consent(&dialog)?;
    let signed = ward.answer(id)?;
    ensure!(outcomes(&ward, &signed)? == ["ok", "document_left_out", "ok"], "{signed}");
    Ok(())
}

fn pulled() -> Result<()> {
    let mut ward = ward("hold_passcode = true")?;
    // A signature of RSA-2048 is asked for in two parts.
    let user = ward.sign_in()?["session"]["user"].clone();
    ward.reader.say("fault remove-at 5 87")?;
    let (id, dialog) = ward.begin("sign", arguments("pulled", 4))?;
    consent(&dialog)?;
    let signed = ward.answer(id)?;
    let expected = ["ok", "ok", "card_removed", "card_removed"];
    ensure!(outcomes(&ward, &signed)? == expected, "{signed}");
    // The session may be over by then; it is on the record whose it was.
    for entry in signings(&ward)? {
        ensure!(entry["uid"] == AMIRA.uid && entry["role"] == user["role"]["id"], "{entry}");
        ensure!(entry["certificate_serial"].is_string(), "{entry}");
    }
    Ok(())
}

fn stopped() -> Result<()> {
    let mut ward = ward("hold_passcode = true")?;
    ward.reader.say("fault slow 60")?;
    let (id, dialog) = ward.begin("sign", arguments("stopped", 30))?;
    consent(&dialog)?;
    wait_for(&mut ward, id, 2)?;
    picture(&dialog, "sign-progress")?;
    let begun = Instant::now();
    dialog.press("Escape")?;
    let signed = ward.answer(id)?;
    ensure!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
    let outcomes = outcomes(&ward, &signed)?;
    let made = outcomes.iter().take_while(|outcome| *outcome == "ok").count();
    ensure!((2..30).contains(&made), "{outcomes:?}");
    ensure!(outcomes[made..].iter().all(|outcome| outcome == "user_cancelled"), "{outcomes:?}");
    // Nothing is lost, and nothing is signed twice.
    let again = ward.call("sign", arguments("stopped", 30))?;
    ensure!(again["ok"] == signed["ok"], "another result for the same key");
    Ok(())
}

fn cancelled() -> Result<()> {
    let mut ward = ward("hold_passcode = true")?;
    ward.reader.say("fault slow 60")?;
    let (id, dialog) = ward.begin("sign", arguments("cancelled", 30))?;
    consent(&dialog)?;
    wait_for(&mut ward, id, 2)?;
    ward.relay.message(PORT, json!({"cancel": id}))?;
    // It is waited for, and nobody is asked again.
    let found = ward.call("sign", arguments("cancelled", 30))?;
    let outcomes = outcomes(&ward, &found)?;
    let made = outcomes.iter().take_while(|outcome| *outcome == "ok").count();
    ensure!((2..30).contains(&made), "{outcomes:?}");
    ensure!(outcomes[made..].iter().all(|outcome| outcome == "cancelled"), "{outcomes:?}");
    let again = ward.call("sign", arguments("cancelled", 30))?;
    ensure!(again["ok"] == found["ok"], "another result for the same key");
    Ok(())
}

fn late() -> Result<()> {
    let mut ward = ward("hold_passcode = true\nseconds = 1")?;
    // Each signature takes several exchanges.
    ward.reader.say("fault slow 60")?;
    let signed = ward.call_with_passcode("sign", arguments("late", 30))?;
    let outcomes = outcomes(&ward, &signed)?;
    let made = outcomes.iter().take_while(|outcome| *outcome == "ok").count();
    ensure!((1..30).contains(&made), "{outcomes:?}");
    ensure!(outcomes[made..].iter().all(|outcome| outcome == "timeout"), "{outcomes:?}");
    Ok(())
}

fn many() -> Result<()> {
    let mut ward = ward("hold_passcode = true")?;
    let (id, dialog) = ward.begin("sign", arguments("many", 250))?;
    picture(&dialog, "sign-many")?;
    consent(&dialog)?;
    wait_for(&mut ward, id, 250)?;
    let signed = ward.answer(id)?;
    let results = signed["ok"]["results"].as_array().context("no results")?;
    ensure!(results.len() == 250 && results.iter().all(|one| one["signature"].is_string()));
    for number in [0, 100, 249] {
        let octets = openssl(&ward, &signature(&signed, number)?, None)?;
        ensure!(octets == text(number).as_bytes(), "another document");
    }
    Ok(())
}

fn bounds() -> Result<()> {
    let mut ward = ward("documents = 2\nbytes = 60")?;
    let three = ward.call("sign", arguments("three", 3))?;
    ensure!(three["error"]["details"]["limit"] == 2, "{three}");
    expect(&three, "batch_too_large")?;
    let long = ward.call("sign", arguments("long", 2))?;
    ensure!(long["error"]["details"]["of"] == "bytes", "{long}");
    expect(&long, "batch_too_large")
}

fn bounds_of_origin() -> Result<()> {
    const OTHER: &str = "https://other.example";
    const OTHER_PORT: u32 = PORT + 1;
    let mut ward = Ward::usual()?;
    let policy = policy(&ward.identity, ORIGIN);
    ward.host.write_policy(&format!(
        "{policy}batch_documents = 2\n\n[[origin]]\norigin = \"{OTHER}\"\ncapabilities = [\"sign\"]\n\
         \n[batch]\ndocuments = 3\n"
    ))?;
    ward.restart_agent()?;
    let three = ward.call("sign", arguments("three", 3))?;
    ensure!(three["error"]["details"]["limit"] == 2, "{three}");
    expect(&three, "batch_too_large")?;
    // Of the other it is said that it has the bound of all.
    ward.relay.open(OTHER_PORT, OTHER)?;
    let four = ward.relay.call(OTHER_PORT, "sign", arguments("four", 4))?;
    ensure!(four["error"]["details"]["limit"] == 3, "{four}");
    expect(&four, "batch_too_large")?;
    let id = ward.relay.begin(OTHER_PORT, "sign", arguments("three", 3))?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.press("Escape")?;
    expect(&ward.relay.answer(OTHER_PORT, id)?, "user_cancelled")
}

fn recorded() -> Result<()> {
    let mut ward = Ward::usual()?;
    let user = ward.sign_in()?["session"]["user"].clone();
    let signed = ward.call_with_passcode("sign", arguments("recorded", 1))?;
    ensure!(outcomes(&ward, &signed)? == ["ok"], "{signed}");
    let certificate: Base64 = serde_json::from_value(signed["ok"]["certificate"].clone())?;
    let audit = fs::read_to_string(ward.host.folder().join("audit.jsonl"))?;
    let lines: Vec<&str> = audit.lines().collect();
    let entries: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str(line)).collect::<Result<_, _>>()?;
    let place = entries.iter().position(|entry| entry["action"] == "sign").context("no line")?;
    let mut entry = entries[place].clone();
    let fields = entry.as_object_mut().context("no object")?;
    let time = fields.remove("time").and_then(|time| time.as_u64()).context("no time")?;
    ensure!(time > 1_700_000_000, "{time} is in no second of ours");
    let card = fields.remove("card").context("no card")?;
    ensure!(card.as_str().is_some_and(|serial| !serial.is_empty()), "{card}");
    let expected = json!({
        "action": "sign",
        "certificate": sha256(&certificate.0),
        "certificate_serial": Certificate::from_der(&certificate.0)?.serial_hex(),
        "digests": [sha256(text(0).as_bytes())],
        "format": "cades",
        "origin": ORIGIN,
        "outcome": "ok",
        "previous": sha256(lines[place - 1].as_bytes()),
        "role": user["role"]["id"],
        "uid": AMIRA.uid,
    });
    ensure!(user["role"]["id"].is_string() && entry == expected, "{entry}, not {expected}");
    Ok(())
}

fn sha256(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}

fn foreign() -> Result<()> {
    let mut ward = Ward::usual()?;
    let name = "name = \"Wardkey demo identity server\"\n";
    let keys = "removal = \"ignore\"\nother_card = \"ignore\"\n";
    let policy = policy(&ward.identity, ORIGIN).replace(name, &format!("{name}{keys}"));
    ward.host.write_policy(&policy)?;
    ward.restart_agent()?;
    ward.sign_in()?;
    let ordinary = [(Purpose::Login, Issued::Ordinary), (Purpose::Content, Issued::Ordinary)];
    let folder = ward.folder.path().join("card-of-tom");
    let card = CardStore::with(&ward.programs, &ward.identity, &folder, TOM, &ordinary)?;
    ward.call("subscribe", json!({}))?;
    ward.reader.swap(&card)?;
    // The agent has seen the one go, and then the other come.
    ward.relay.event(PORT, "card_removed")?;
    ward.wait_for_card()?;
    let refused = ward.call("sign", arguments("foreign", 1))?;
    expect(&refused, "signer_mismatch")?;
    let noted = signings(&ward)?.pop().context("no record")?;
    ensure!(noted["outcome"] == "signer_mismatch" && noted["uid"] == AMIRA.uid, "{noted}");
    // With whose certificate it was tried.
    ensure!(noted["certificate_serial"].is_string() && noted["card"].is_string(), "{noted}");
    Ok(())
}

/// By the usual policy the session goes with its card.
fn over() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.sign_in()?;
    ward.call("subscribe", json!({}))?;
    let folder = ward.folder.path().join("card-of-tom");
    let card = CardStore::for_user(&ward.programs, &ward.identity, &folder, TOM)?;
    ward.reader.swap(&card)?;
    ward.relay.event(PORT, "session_ended")?;
    ward.wait_for_card()?;
    for command in ["sign", "signing_certificate"] {
        let arguments = if command == "sign" { arguments("over", 1) } else { json!({}) };
        expect(&ward.call(command, arguments)?, "session_ended")?;
    }
    // Once it knows, whoever is there may sign.
    expect(&ward.call("sign_out", json!({}))?, "session_ended")?;
    let signed = ward.call_with_passcode("sign", arguments("over", 1))?;
    ensure!(outcomes(&ward, &signed)? == ["ok"], "{signed}");
    Ok(())
}

/// What the record says of signing, the oldest first.
fn signings(ward: &Ward) -> Result<Vec<Value>> {
    let audit = fs::read_to_string(ward.host.folder().join("audit.jsonl"))?;
    let entries = audit.lines().map(serde_json::from_str::<Value>);
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let signings: Vec<_> = entries.into_iter().filter(|entry| entry["action"] == "sign").collect();
    ensure!(!signings.is_empty(), "no record");
    Ok(signings)
}
