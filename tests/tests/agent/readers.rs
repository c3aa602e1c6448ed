use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{CardStore, Reader, TOM};

use crate::ward::{Ward, code};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("readers::a_smartcard_service_that_is_killed_and_comes_back", service_killed),
    ("readers::two_cards_at_once_and_a_card_that_moves", two_cards),
];

fn service_killed() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.sign_in()?;
    let agent = ward.host.agent().context("no agent")?;
    let card = CardStore { folder: ward.folder.path().join("card") };
    let folder = ward.folder.path().join("reader");
    for _ in 0..2 {
        ward.reader.kill_service()?;
        wait_for(&mut ward, |cards| code(cards) == "reader_service_missing")?;
        ward.reader = Reader::start_again(&ward.programs, &folder, &card)?;
        wait_for(&mut ward, |cards| count(cards) == 1)?;
        ward.sign_in()?;
    }
    ensure!(ward.host.agent() == Some(agent), "another agent");
    Ok(())
}

fn two_cards() -> Result<()> {
    let mut ward = Ward::usual()?;
    let toms = CardStore::for_user(&ward.programs, &ward.identity, ward.folder.path(), TOM)?;
    let toms = toms.folder.display().to_string();
    ward.reader.say(&format!("swap 2 {toms}"))?;
    let both = wait_for(&mut ward, |cards| count(cards) == 2)?;
    let views = both["ok"]["cards"].as_array().context("no cards")?;
    ensure!(views[0]["reader"] != views[1]["reader"], "{both}");
    ensure!(views[0]["label"] != views[1]["label"], "{both}");
    let of_tom = |view: &Value| view["label"].as_str().is_some_and(|it| it.starts_with(TOM.uid));
    ensure!(views.iter().filter(|view| of_tom(view)).count() == 1, "{both}");

    ward.reader.remove()?;
    let one = wait_for(&mut ward, |cards| count(cards) == 1)?;
    ensure!(of_tom(&one["ok"]["cards"][0]), "{one}");
    ensure!(one["ok"]["cards"][0]["reader"] == READERS[1], "{one}");
    let (id, dialog) = ward.begin("sign_in", json!({}))?;
    dialog.press("Escape")?;
    ensure!(code(&ward.answer(id)?) == "user_cancelled");

    ward.reader.say("remove 2")?;
    wait_for(&mut ward, |cards| count(cards) == 0)?;
    ward.reader.say(&format!("swap 1 {toms}"))?;
    let moved = wait_for(&mut ward, |cards| count(cards) == 1)?;
    ensure!(of_tom(&moved["ok"]["cards"][0]), "{moved}");
    ensure!(moved["ok"]["cards"][0]["reader"] == READERS[0], "{moved}");
    Ok(())
}

fn count(cards: &Value) -> usize {
    cards["ok"]["cards"].as_array().map_or(usize::MAX, Vec::len)
}

/// Asks for the cards until the answer fits.
fn wait_for(ward: &mut Ward, fits: impl Fn(&Value) -> bool) -> Result<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let cards = ward.call("cards", json!({}))?;
        if fits(&cards) {
            return Ok(cards);
        }
        if Instant::now() > end {
            bail!("it stays {cards}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

const READERS: [&str; 2] = ["Ward reader 00 00", "Ward reader 00 01"];
const PATIENCE: Duration = Duration::from_secs(20);
