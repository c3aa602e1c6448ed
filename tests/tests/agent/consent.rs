//! What the user is asked before a site may do something, in the real dialog.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{Dialog, PASSCODE, policy};

use crate::{
    record::Record,
    ward::{ORIGIN, PORT, Ward, base64, code},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] =
    &[("consent::a_site_signs_what_its_user_lets_it_and_no_more", signs)];

fn signs() -> Result<()> {
    let mut ward = Ward::usual()?;
    let usual =
        policy(&ward.identity, ORIGIN).replace("capabilities = [", "capabilities = []\nask = [");
    ward.host.write_policy(&format!("{usual}{}", crate::CARDS))?;
    ward.host.kill_agent();
    ward.restart_relay()?;

    // Whose card it is, the certificate says; who says yes, the passcode proves.
    let prescription = ward.prescription("first")?;
    let answer = sign(&mut ward, prescription, true)?;
    ensure!(answer["ok"]["results"][0]["signature"].is_string(), "{answer}");
    let prescription = ward.prescription("second")?;
    let answer = sign(&mut ward, prescription, false)?;
    ensure!(answer["ok"]["results"][0]["signature"].is_string(), "{answer}");

    // What can't be shown is another thing.
    let note = |key: &str| {
        json!({"key": format!("{key:0>16}"), "format": "raw", "documents": [
            {"id": "1", "name": "Note", "mediaType": "text/plain", "content": base64(b"Rest well.")}]})
    };
    let id = ward.relay.begin(PORT, "sign", note("third"))?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_consent()?;
    dialog.press("Escape")?;
    let refused = ward.answer(id)?;
    ensure!(code(&refused) == "user_cancelled", "{refused}");
    let answer = sign(&mut ward, note("fourth"), true)?;
    ensure!(answer["ok"]["results"][0]["signature"].is_string(), "{answer}");

    let record = Record::read(&ward.host)?;
    ensure!(record.count("consent", "ok") == 2 && record.count("consent", "user_cancelled") == 1);
    ensure!(record.count("sign", "ok") == 3);

    // It outlives the agent.
    ward.host.kill_agent();
    ward.restart_relay()?;
    let answer = sign(&mut ward, note("fifth"), false)?;
    ensure!(answer["ok"]["results"][0]["signature"].is_string(), "{answer}");
    Ok(())
}

/// Signs, and lets the site do it where it has to be asked about.
fn sign(ward: &mut Ward, args: Value, is_asked: bool) -> Result<Value> {
    let id = ward.relay.begin(PORT, "sign", args)?;
    let dialog = Dialog::wait(&ward.desktop)?;
    if is_asked {
        dialog.wait_for_consent()?;
        dialog.let_it()?;
    }
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    ward.answer(id)
}
