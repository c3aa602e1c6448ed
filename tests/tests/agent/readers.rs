use std::{
    fs,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use wardkey_smartcard::well_known_modules;
use wardkey_tests::stage::{
    AMIRA, CardStore, Dialog, PASSCODE, Reader, Relay, SoftToken, TOM, policy,
};

use crate::ward::{ORIGIN, PORT, Ward, code};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("readers::a_smartcard_service_that_is_killed_and_comes_back", service_killed),
    ("readers::two_cards_at_once_and_a_card_that_moves", two_cards),
    ("readers::of_two_cards_the_user_takes_one_and_the_session_keeps_it", choose_one),
    ("readers::a_module_that_hangs_delays_one_look_and_no_other", hung_module),
    ("readers::two_modules_at_once", two_modules),
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

fn choose_one() -> Result<()> {
    let mut ward = Ward::usual()?;
    let toms = CardStore::for_user(&ward.programs, &ward.identity, ward.folder.path(), TOM)?;
    let amiras = CardStore { folder: ward.folder.path().join("card") };
    // As is said for desks where two cards are in at once.
    let name = "name = \"Wardkey demo identity server\"\n";
    let policy =
        policy(&ward.identity, ORIGIN).replace(name, &format!("{name}other_card = \"ignore\"\n"));
    ward.host.write_policy(&policy)?;
    ward.host.kill_agent();
    ward.reader.remove()?;
    ward.reader = Reader::two(&ward.programs, &ward.folder.path().join("two"), [&toms, &amiras])?;
    ward.restart_agent()?;
    wait_for(&mut ward, |cards| count(cards) == 2)?;

    let id = ward.relay.begin(PORT, "sign_in", json!({}))?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_cards()?;
    // One goes, comes back, and is in the choice again.
    ward.reader.remove_from(2)?;
    ward.reader.insert_into(2)?;
    wait_for(&mut ward, |cards| count(cards) == 2)?;
    dialog.wait_for_cards()?;
    thread::sleep(CHANGES);
    dialog.press("Down")?;
    dialog.press("Return")?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let signed_in = ward.answer(id)?;
    ensure!(signed_in["ok"]["session"]["user"]["uid"] == AMIRA.uid, "{signed_in}");

    // Tom's card is the first still, and nobody is asked for his passcode.
    let args = ward.prescription("of-two")?;
    let signed = ward.call_with_passcode("sign", args)?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
    Ok(())
}

fn hung_module() -> Result<()> {
    let mut ward = Ward::usual()?;
    let pipe = ward.folder.path().join("hangs.so");
    // Opening it waits for somebody who writes.
    ensure!(Command::new("mkfifo").arg(&pipe).status()?.success(), "mkfifo");
    let policy = format!("{}[cards]\nmodules = [{pipe:?}]\n", policy(&ward.identity, ORIGIN));
    ward.host.write_policy(&policy)?;
    ward.restart_agent()?;
    let begun = Instant::now();
    ensure!(count(&ward.call("cards", json!({}))?) == 1, "PIV has found no card");
    ensure!(begun.elapsed() > HANGS, "the module was not asked: {:?}", begun.elapsed());
    // From now on it is left out.
    let begun = Instant::now();
    ensure!(count(&ward.call("cards", json!({}))?) == 1, "PIV has found no card");
    ensure!(begun.elapsed() < HANGS, "{:?}", begun.elapsed());
    ward.sign_in()?;
    let args = ward.prescription("hung-module")?;
    let signed = ward.call_with_passcode("sign", args)?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
    let log = fs::read_to_string(ward.host.folder().join("agent.log"))?;
    ensure!(log.contains("gave no answer"), "{log}");
    Ok(())
}

fn two_modules() -> Result<()> {
    let mut ward = Ward::usual()?;
    let soft = SoftToken::for_user(&ward.identity, &ward.folder.path().join("soft"), TOM)?;
    let is_opensc = |path: &PathBuf| path.to_string_lossy().contains("opensc-pkcs11");
    let opensc = well_known_modules().into_iter().find(is_opensc).context("no OpenSC")?;
    let modules = [opensc, SoftToken::MODULE.into()];
    let policy =
        format!("{}[cards]\npiv = false\nmodules = {modules:?}\n", policy(&ward.identity, ORIGIN));
    ward.host.write_policy(&policy)?;
    ward.host.kill_agent();
    let mut environment = ward.environment();
    environment.push(("SOFTHSM2_CONF", soft.configuration().to_owned()));
    ward.relay = Relay::start(&ward.programs, &environment)?;
    ward.relay.open(PORT, ORIGIN)?;
    ward.wait_for_card()?;
    wait_for(&mut ward, |cards| count(cards) == 2)?;
    // Each module's card signs in and signs.
    for (down, user) in [(0, AMIRA), (1, TOM)] {
        let id = ward.relay.begin(PORT, "sign_in", json!({}))?;
        let dialog = Dialog::wait(&ward.desktop)?;
        dialog.wait_for_cards()?;
        (0..down).try_for_each(|_| dialog.press("Down"))?;
        dialog.press("Return")?;
        dialog.wait_for_passcode_field()?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        if user.uid == TOM.uid {
            dialog.wait_for_roles()?;
            dialog.press("Return")?;
        }
        let signed_in = ward.answer(id)?;
        ensure!(signed_in["ok"]["session"]["user"]["uid"] == user.uid, "{signed_in}");
        let args = ward.prescription(&format!("module-{down}"))?;
        let signed = ward.call_with_passcode("sign", args)?;
        ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
        ward.call("sign_out", json!({}))?;
    }
    Ok(())
}

/// How many cards an answer has.
pub fn count(cards: &Value) -> usize {
    cards["ok"]["cards"].as_array().map_or(usize::MAX, Vec::len)
}

/// Asks for the cards until the answer fits.
pub fn wait_for(ward: &mut Ward, fits: impl Fn(&Value) -> bool) -> Result<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let cards = ward.call("cards", json!({}))?;
        if fits(&cards) {
            return Ok(cards);
        }
        if Instant::now() > end {
            bail!("it stays {cards}");
        }
        thread::sleep(Duration::from_millis(50));
    }
}

const READERS: [&str; 2] = ["Ward reader 00 00", "Ward reader 00 01"];
/// Less than a module is given to tell its tokens.
const HANGS: Duration = Duration::from_secs(12);
/// Longer than the window takes between two looks at the cards.
const CHANGES: Duration = Duration::from_millis(1500);
const PATIENCE: Duration = Duration::from_secs(20);
