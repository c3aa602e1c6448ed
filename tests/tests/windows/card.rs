//! A scripted card that signs in and signs.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{AMIRA, Wine};

use crate::world::{PORT, Test, World, finding, judged_by_openssl};

pub const TRIALS: &[(&str, Test)] = &[
    ("card::a_page_signs_in_and_its_session_ends_with_the_card", page),
    ("card::scripts_have_ticket_user_and_signatures", scripts),
];

fn page(world: &mut World) -> Result<()> {
    let mut desk = world.desk()?;
    let mut page = world.page()?;
    page.call(PORT, "subscribe", json!({}))?;
    let answer = page.call(PORT, "sign_in", json!({}))?;
    let session = &answer["ok"];
    ensure!(session["session"]["user"]["uid"] == AMIRA.uid, "{answer}");
    let ticket = session["ticket"].as_str().context("no ticket")?;
    ensure!(world.identity.opens(ticket)?, "the ticket opens nothing");
    let certificate = page.call(PORT, "signing_certificate", json!({}))?;
    ensure!(certificate["ok"].to_string().contains("ES256"), "{certificate}");
    let report = world.json(&["doctor", "--json"])?;
    for code in ["simulation_runs", "reader", "certificate"] {
        finding(&report, code)?;
    }
    desk.say("remove")?;
    let ended = page.event(PORT, "session_ended")?;
    ensure!(ended["data"]["cause"] == "card_removed", "{ended}");
    let answer = page.call(PORT, "sign_in", json!({}))?;
    ensure!(answer["error"]["code"] == "card_missing", "{answer}");
    world.outlived(ticket)
}

fn scripts(world: &mut World) -> Result<()> {
    let _desk = world.desk()?;
    let ticket = world.json(&["ticket", "--json"])?;
    let ticket = ticket["ticket"].as_str().with_context(|| ticket.to_string())?;
    ensure!(world.identity.opens(ticket)?, "the ticket opens nothing");
    let (good, user) = world.host(&["user"])?;
    ensure!(good && user.contains(AMIRA.uid), "{user}");

    let (letter, signature) = (world.file("letter.txt"), world.file("letter.p7m"));
    let content = b"Dear colleague,\r\nthank you.\r\n";
    fs::write(&letter, content)?;
    let (document, out) = (Wine::there(&letter), Wine::there(&signature));
    let (good, said) = world.host(&["sign", "--format", "cades", "--out", &out, &document])?;
    ensure!(good, "{said}");
    judged_by_openssl(&world.identity, &signature, content)?;
    let verified = world.json(&["verify", "--json", &out])?;
    ensure!(verified.to_string().contains(AMIRA.uid), "{verified:#}");
    let record = fs::read_to_string(world.instance()?.join("audit.jsonl"))?;
    let entries = record.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let signed = entries.iter().any(|entry| {
        entry["action"] == "sign" && entry["outcome"] == "ok" && entry["card"] == "SCRIPTED-1"
    });
    ensure!(signed, "{record}");
    Ok(())
}
