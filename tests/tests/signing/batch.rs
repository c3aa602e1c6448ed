//! Many documents with one consent, by a card whose content key demands the passcode for each
//! signature.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{Dialog, PASSCODE, policy};

use super::{
    cades::{openssl, picture, signature},
    ward::{ORIGIN, Ward, base64, code, expect},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("batch::the_passcode_is_asked_for_again_where_the_key_demands_it", again),
    ("batch::documents_can_be_left_out", left_out),
    ("batch::a_card_pulled_halfway_gives_what_is_finished", pulled),
    ("batch::stopping_halfway_gives_what_is_finished", stopped),
    ("batch::two_hundred_and_fifty_documents", many),
    ("batch::what_policy_does_not_admit_is_refused_without_a_dialog", bounds),
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
    ward.reader.say("fault remove-at 5 87")?;
    let (id, dialog) = ward.begin("sign", arguments("pulled", 4))?;
    consent(&dialog)?;
    let signed = ward.answer(id)?;
    let expected = ["ok", "ok", "card_removed", "card_removed"];
    ensure!(outcomes(&ward, &signed)? == expected, "{signed}");
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
