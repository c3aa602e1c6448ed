//! Another passcode: by the extension's own command and at the command line, of a PIV card that PC/SC
//! reads and of a token of PKCS#11.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{AMIRA, Dialog, PASSCODE, Relay, SoftToken, policy};

use crate::{
    record::Record,
    ward::{ORIGIN, PORT, Ward, expect},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("passcode::it_is_changed_and_the_new_one_signs_in", changed),
    ("passcode::a_card_that_is_blocked_on_the_way_is_unblocked_and_signs_in", unblocked),
    ("passcode::at_the_command_line", command_line),
    ("passcode::of_a_pkcs11_token", token),
];

fn changed() -> Result<()> {
    let mut ward = Ward::usual()?;
    expect(&ward.call("change_passcode", json!({}))?, "command_unknown")?;
    let dialog = begin(&mut ward, 1, "change_passcode", json!({"reader": READER}))?;
    // One dialog at a time.
    expect(&ward.call("sign_in", json!({}))?, "busy")?;
    type_new(&dialog, "000000")?;
    dialog.wait_for_passcode_field()?;
    ensure!(ward.reader.tries()? == 2, "a wrong one costs a try");
    type_new(&dialog, PASSCODE)?;
    dialog.wait_for_passcode_field()?;
    dialog.press("Return")?;
    let set = answer(&mut ward, 1)?;
    ensure!(set["ok"]["reader"] == READER, "{set}");
    sign_in_with(&mut ward, NEW)?;
    ensure!(ward.reader.tries()? == 3, "something is left of the wrong one");

    // Nobody waits any more.
    begin(&mut ward, 2, "change_passcode", json!({}))?;
    ward.restart_relay()?;
    Dialog::wait_closed(&ward.desktop)?;
    ensure!(Record::read(&ward.host)?.count("change_passcode", "ok") == 1);
    ensure!(Record::read(&ward.host)?.count("change_passcode", "cancelled") == 1);
    tells_no_passcode(&ward)
}

fn unblocked() -> Result<()> {
    let mut ward = Ward::usual()?;
    let (id, dialog) = ward.begin("sign_in", json!({}))?;
    for attempt in 0..3 {
        if attempt == 2 {
            dialog.confirm_last_try()?;
        }
        dialog.type_text("111111")?;
        dialog.press("Return")?;
        dialog.wait_for_passcode_field()?;
    }
    ensure!(ward.reader.tries()? == 0, "it is not blocked");
    // It says so, and offers the way on.
    dialog.press("Return")?;
    dialog.wait_for_passcode_field()?;
    // Of its unblocking key the card says nothing before one was wrong, so that any is confirmed.
    dialog.confirm_last_try()?;
    type_new(&dialog, "00000000")?;
    dialog.wait_for_passcode_field()?;
    ensure!(ward.reader.tries()? == 0, "a wrong key has unblocked it");
    type_new(&dialog, PUK)?;
    dialog.wait_for_passcode_field()?;
    ensure!(ward.reader.tries()? == 3, "it is blocked still");
    dialog.type_text(NEW)?;
    dialog.press("Return")?;
    let signed_in = ward.answer(id)?;
    ensure!(signed_in["ok"]["ticket"].is_string(), "{signed_in}");
    let record = Record::read(&ward.host)?;
    ensure!(record.count("unblock_passcode", "ok") == 1 && record.count("sign_in", "ok") == 1);
    tells_no_passcode(&ward)
}

fn command_line() -> Result<()> {
    let mut ward = Ward::usual()?;
    let unblock = ["passcode", "unblock", "--json"];
    let (status, said) = host_with(&ward, &unblock, |dialog| {
        dialog.confirm_last_try()?;
        type_new(dialog, PUK)?;
        dialog.wait_for_passcode_field()?;
        dialog.press("Return")
    })?;
    ensure!(status == 0 && said.contains(READER), "{status}: {said}");
    sign_in_with(&mut ward, NEW)?;

    let change = ["passcode", "change", "--reader", READER];
    let (status, said) = host_with(&ward, &change, |dialog| dialog.press("Escape"))?;
    ensure!(status == 6 && said.contains("(user_cancelled)"), "{status}: {said}");
    let (status, said) = host(&ward, &["passcode", "change", "--reader", "No such reader"])?;
    ensure!(status == 4 && said.contains("(card_missing)"), "{status}: {said}");
    // No passcode is taken this way.
    ensure!(host(&ward, &["passcode", "change", "123456"])?.0 == 2);

    Dialog::wait_closed(&ward.desktop)?;
    // It is the agent's own program that asks, and not a copy.
    let copy = ward.folder.path().join("copy");
    fs::copy(&ward.programs.host, &copy)?;
    let (status, said) = ended(local(&ward, &copy).args(["passcode", "change"]).output()?)?;
    ensure!(status == 3 && said.contains("(agent_unreachable)"), "{status}: {said}");
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog opened");
    tells_no_passcode(&ward)
}

fn token() -> Result<()> {
    let mut ward = Ward::usual()?;
    let folder = ward.folder.path().join("soft");
    let token = SoftToken::for_user(&ward.identity, &folder, AMIRA)?;
    ward.reader.remove()?;
    let cards = format!("\n[cards]\nmodules = [\"{}\"]\n", SoftToken::MODULE);
    ward.host.write_policy(&format!("{}{cards}", policy(&ward.identity, ORIGIN)))?;
    ward.host.kill_agent();
    let mut environment = ward.environment();
    environment.push(("SOFTHSM2_CONF", token.configuration().to_owned()));
    ward.relay = Relay::start(&ward.programs, &environment)?;
    ward.relay.open(PORT, ORIGIN)?;

    let dialog = begin(&mut ward, 1, "change_passcode", json!({}))?;
    type_new(&dialog, PASSCODE)?;
    dialog.wait_for_passcode_field()?;
    dialog.press("Return")?;
    let set = answer(&mut ward, 1)?;
    ensure!(set["ok"]["reader"].is_string(), "{set}");
    sign_in_with(&mut ward, NEW)?;

    // The security officer's passcode is what unblocks it. Nobody counts how often it is wrong.
    let dialog = begin(&mut ward, 2, "unblock_passcode", json!({}))?;
    for key in ["87654321", SoftToken::OFFICER] {
        dialog.confirm_last_try()?;
        type_all(&dialog, [key, PASSCODE, PASSCODE])?;
        dialog.wait_for_passcode_field()?;
    }
    dialog.press("Return")?;
    let set = answer(&mut ward, 2)?;
    ensure!(set["ok"].is_object(), "{set}");
    let again = ward.call_with_passcode("sign_in", json!({"fresh": true}))?;
    ensure!(again["ok"]["ticket"].is_string(), "{again}");
    let record = Record::read(&ward.host)?;
    ensure!(record.count("change_passcode", "ok") == 1);
    ensure!(record.count("unblock_passcode", "ok") == 1);
    tells_no_passcode(&ward)
}

/// Begins a call of the extension's own pages; its dialog asks for passcodes.
fn begin(ward: &mut Ward, id: u32, command: &str, args: Value) -> Result<Dialog> {
    ward.relay.send(&json!({"own": {"id": id, "command": command, "args": args}}))?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    Ok(dialog)
}

fn answer(ward: &mut Ward, id: u32) -> Result<Value> {
    let answer = ward.relay.wait_for(|frame| frame["own"]["id"] == id)?["own"].clone();
    Dialog::wait_closed(&ward.desktop)?;
    Ok(answer)
}

/// Types what sets a new passcode, and that twice.
fn type_new(dialog: &Dialog, proof: &str) -> Result<()> {
    type_all(dialog, [proof, NEW, NEW])
}

fn type_all(dialog: &Dialog, texts: [&str; 3]) -> Result<()> {
    for (place, text) in texts.into_iter().enumerate() {
        if place > 0 {
            dialog.press("Tab")?;
        }
        dialog.type_text(text)?;
    }
    dialog.press("Return")
}

fn sign_in_with(ward: &mut Ward, passcode: &str) -> Result<()> {
    let (id, dialog) = ward.begin("sign_in", json!({}))?;
    dialog.type_text(passcode)?;
    dialog.press("Return")?;
    let signed_in = ward.answer(id)?;
    ensure!(signed_in["ok"]["ticket"].is_string(), "{signed_in}");
    Dialog::wait_closed(&ward.desktop)
}

/// Nothing that was typed is in a file of the agent's.
fn tells_no_passcode(ward: &Ward) -> Result<()> {
    for name in ["agent.log", "audit.jsonl"] {
        let text = fs::read_to_string(ward.host.folder().join(name))?;
        for typed in [PASSCODE, NEW, PUK] {
            ensure!(!text.contains(typed), "{name} has {typed}");
        }
    }
    Ok(())
}

fn local(ward: &Ward, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.envs(ward.environment()).stdin(Stdio::null());
    command
}

fn host(ward: &Ward, arguments: &[&str]) -> Result<(i32, String)> {
    ended(local(ward, &ward.programs.host).args(arguments).output()?)
}

/// Runs `wardkey-host` while a user answers its dialog.
fn host_with(
    ward: &Ward,
    arguments: &[&str],
    answer: impl FnOnce(&Dialog) -> Result<()>,
) -> Result<(i32, String)> {
    let mut command = local(ward, &ward.programs.host);
    let running = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    answer(&dialog)?;
    let ended = ended(running.wait_with_output()?)?;
    Dialog::wait_closed(&ward.desktop)?;
    Ok(ended)
}

fn ended(output: Output) -> Result<(i32, String)> {
    let status = output.status.code().context("a signal")?;
    Ok((status, String::from_utf8(output.stdout)? + String::from_utf8(output.stderr)?.as_str()))
}

/// Not among the numbers that a log has.
const NEW: &str = "86420975";
/// Of every emulated card.
const PUK: &str = "12345678";
const READER: &str = "Ward reader 00 00";
