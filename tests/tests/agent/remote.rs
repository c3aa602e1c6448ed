//! Keys that a service keeps, or a phone behind it: a service of our own, whose signatures OpenSSL
//! makes, and the whole agent before it.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_protocol::Base64;
use wardkey_tests::stage::{AMIRA, Dialog, PASSCODE, Phone, SigningService, TOM, Tamper, policy};

use crate::ward::{ORIGIN, PORT, Ward, base64, expect};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("remote::signs_in_and_signs_a_batch_by_one_authorisation", with_pin_and_code),
    ("remote::the_phone_confirms_refuses_or_is_silent", on_the_phone),
    ("remote::a_service_that_signs_in_its_own_time", asynchronous),
    ("remote::what_is_wrong_has_its_code", faults),
    ("remote::a_service_that_tampers_is_found_out", tampering),
    ("remote::beside_a_card_in_the_reader", beside_a_card),
    ("remote::a_session_that_nobody_uses_locks_and_comes_back", idle),
];

/// A ward with a service, the card out of the reader.
struct Remote {
    ward: Ward,
    service: SigningService,
}

impl Remote {
    fn new(kind: &'static str, keys: &str) -> Result<Self> {
        let mut remote = Self::with_card(kind, keys)?;
        remote.ward.reader.remove()?;
        Ok(remote)
    }

    /// The same, Amira's card in the reader.
    fn with_card(kind: &'static str, keys: &str) -> Result<Self> {
        let mut ward = Ward::usual()?;
        let service = SigningService::start(&ward.folder.path().join("service"))?;
        service.add_user(&ward.identity, TOM, "tom", kind)?;
        let service_policy = service.policy(keys);
        let text = policy(&ward.identity, ORIGIN);
        ward.host.write_policy(&format!("{text}{}{service_policy}", crate::CARDS))?;
        ward.restart_agent()?;
        ward.call("subscribe", json!({}))?;
        Ok(Self { ward, service })
    }

    /// Begins a call whose dialog asks for a card, and says who the user is there.
    fn begin_as(&mut self, user: &str, command: &str, args: Value) -> Result<(u32, Dialog)> {
        let id = self.ward.relay.begin(PORT, command, args)?;
        let dialog = Dialog::wait(&self.ward.desktop)?;
        dialog.wait_for_cards()?;
        dialog.type_text(user)?;
        dialog.press("Return")?;
        Ok((id, dialog))
    }

    /// Signs Tom in with a PIN and a code.
    fn sign_in(&mut self) -> Result<Value> {
        let (id, dialog) = self.begin_as("tom", "sign_in", json!({}))?;
        type_both(&dialog, SigningService::PIN)?;
        self.role(&dialog)?;
        let answer = self.ward.answer(id)?;
        ensure!(answer["ok"]["ticket"].is_string(), "{answer}");
        Ok(answer["ok"].clone())
    }

    /// Tom has three roles.
    fn role(&self, dialog: &Dialog) -> Result<()> {
        dialog.wait_for_roles()?;
        dialog.press("Return")
    }
}

fn type_both(dialog: &Dialog, pin: &str) -> Result<()> {
    dialog.wait_for_passcode_field()?;
    dialog.type_text(pin)?;
    go_to(dialog, "Tab")?;
    dialog.type_text(SigningService::CODE)?;
    dialog.press("Return")
}

/// Keys that come with the one that moves the focus are still for the field before.
fn go_to(dialog: &Dialog, key: &str) -> Result<()> {
    std::thread::sleep(FOCUS);
    dialog.press(key)?;
    std::thread::sleep(FOCUS);
    Ok(())
}

fn letters(key: &str, count: usize) -> Value {
    let letter = |number: usize| {
        json!({
            "id": number.to_string(), "name": format!("Letter {number}"),
            "mediaType": "text/plain", "content": base64(text(number).as_bytes()),
        })
    };
    let documents: Vec<_> = (0..count).map(letter).collect();
    json!({"key": format!("{key:0>16}"), "format": "cades", "documents": documents})
}

fn text(number: usize) -> String {
    format!("Your next appointment is number {number}.\n")
}

/// OpenSSL reads each letter out of its signature.
fn judge(ward: &Ward, signed: &Value, count: usize) -> Result<()> {
    let results = signed["ok"]["results"].as_array().with_context(|| signed.to_string())?;
    ensure!(results.len() == count, "{signed}");
    for (number, result) in results.iter().enumerate() {
        let signature: Base64 = serde_json::from_value(result["signature"].clone())
            .with_context(|| signed.to_string())?;
        let file = ward.folder.path().join("letter.p7m");
        fs::write(&file, signature.0)?;
        let mut openssl = Command::new("openssl");
        openssl.args(["cms", "-verify", "-noverify", "-inform", "DER", "-in"]).arg(&file);
        let output = openssl.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        ensure!(output.stdout == text(number).as_bytes(), "another letter");
    }
    Ok(())
}

fn with_pin_and_code() -> Result<()> {
    let mut remote = Remote::new("RSA", "")?;
    let session = remote.sign_in()?;
    ensure!(session["session"]["user"]["uid"] == TOM.uid, "{session}");
    let [login] = &remote.service.asked("credentials/authorize")[..] else {
        anyhow::bail!("one authorisation")
    };
    ensure!(login["credentialID"] == "tom-9a" && login["numSignatures"] == 1, "{login}");
    let [signed] = &remote.service.asked("signatures/signHash")[..] else {
        anyhow::bail!("one signature")
    };
    ensure!(signed["hashes"] == login["hashes"], "{signed}");

    // In the session nobody is asked who they are, and the content key signs.
    let (id, dialog) = remote.ward.begin("sign", letters("batch", 3))?;
    type_both(&dialog, SigningService::PIN)?;
    let answer = remote.ward.answer(id)?;
    judge(&remote.ward, &answer, 3)?;
    let [authorized] = &remote.service.asked("credentials/authorize")[..] else {
        anyhow::bail!("one authorisation")
    };
    ensure!(authorized["credentialID"] == "tom-9c" && authorized["numSignatures"] == 3);
    let hashes = authorized["hashes"].as_array().context("no hashes")?;
    ensure!(hashes.len() == 3 && authorized["hashAlgorithmOID"] == "2.16.840.1.101.3.4.2.1");
    ensure!(remote.service.asked("signatures/signHash")[0]["hashes"] == authorized["hashes"]);

    // A prescription, with RSASSA-PSS too.
    let prescription = remote.ward.prescription("prescription")?;
    let (id, dialog) = remote.ward.begin("sign", prescription)?;
    type_both(&dialog, SigningService::PIN)?;
    let answer = remote.ward.answer(id)?;
    ensure!(answer["ok"]["results"][0]["signature"].is_string(), "{answer}");
    let mut pss = letters("pss", 1);
    pss["format"] = "jades".into();
    pss["algorithm"] = "PS256".into();
    let (id, dialog) = remote.ward.begin("sign", pss)?;
    type_both(&dialog, SigningService::PIN)?;
    let answer = remote.ward.answer(id)?;
    ensure!(answer["ok"]["results"][0]["algorithm"] == "PS256", "{answer}");

    // Beyond what one authorisation is for, the user authorises again.
    remote.service.state().multisign = 2;
    ensure!(remote.ward.call("sign_out", json!({}))?.get("ok").is_some());
    remote.sign_in()?;
    let _ = remote.service.asked("credentials/authorize");
    let (id, dialog) = remote.ward.begin("sign", letters("again", 3))?;
    type_both(&dialog, SigningService::PIN)?;
    type_both(&dialog, SigningService::PIN)?;
    let answer = remote.ward.answer(id)?;
    judge(&remote.ward, &answer, 3)?;
    let counts: Vec<_> = remote.service.asked("credentials/authorize");
    let counts: Vec<_> = counts.iter().map(|asked| asked["numSignatures"].clone()).collect();
    ensure!(counts == [2, 1], "{counts:?}");
    Ok(())
}

fn on_the_phone() -> Result<()> {
    let mut remote = Remote::new("EC", "confirm_seconds = 2")?;
    remote.service.state().on_phone = true;
    let begin = |remote: &mut Remote| -> Result<(u32, Dialog)> {
        let (id, dialog) = remote.begin_as("tom", "sign_in", json!({}))?;
        dialog.wait_for_passcode_field()?;
        dialog.press("Return")?;
        Ok((id, dialog))
    };
    remote.service.state().phone = Phone::Refuses;
    let (id, _) = begin(&mut remote)?;
    expect(&remote.ward.answer(id)?, "user_cancelled")?;
    remote.service.state().phone = Phone::Silent;
    let (id, _) = begin(&mut remote)?;
    expect(&remote.ward.answer(id)?, "timeout")?;
    let (id, dialog) = begin(&mut remote)?;
    std::thread::sleep(Duration::from_millis(700));
    dialog.press("Escape")?;
    expect(&remote.ward.answer(id)?, "user_cancelled")?;

    remote.service.state().phone = Phone::Confirms;
    let (id, dialog) = begin(&mut remote)?;
    remote.role(&dialog)?;
    let answer = remote.ward.answer(id)?;
    ensure!(answer["ok"]["ticket"].is_string(), "{answer}");
    ensure!(remote.service.asked("credentials/authorizeCheck").len() >= 2);
    let (id, dialog) = remote.ward.begin("sign", letters("phone", 2))?;
    dialog.press("Return")?;
    let answer = remote.ward.answer(id)?;
    judge(&remote.ward, &answer, 2)
}

fn asynchronous() -> Result<()> {
    let mut remote = Remote::new("RSA", "")?;
    remote.service.state().asynchronous = true;
    remote.sign_in()?;
    let [signed] = &remote.service.asked("signatures/signHash")[..] else {
        anyhow::bail!("one signature")
    };
    ensure!(signed["operationMode"] == "A", "{signed}");
    let polls = remote.service.asked("signatures/signPolling");
    ensure!(polls.len() == 2 && polls[0]["userID"] == "tom", "{polls:?}");
    // `authenticate` has the session's key prove it, too.
    let nonce = "x".repeat(44);
    let (id, dialog) = remote.ward.begin("authenticate", json!({"nonce": nonce}))?;
    type_both(&dialog, SigningService::PIN)?;
    let answer = remote.ward.answer(id)?;
    ensure!(answer["ok"]["format"] == "web-eid:1.0", "{answer}");
    Ok(())
}

fn faults() -> Result<()> {
    let mut remote = Remote::new("RSA", "")?;
    // Somebody else's name, then the right one; a wrong PIN, then the right one.
    let (id, dialog) = remote.begin_as("nobody", "sign_in", json!({}))?;
    dialog.wait_for_cards()?;
    go_to(&dialog, "ctrl+a")?;
    dialog.type_text("tom")?;
    dialog.press("Return")?;
    type_both(&dialog, "1357")?;
    type_both(&dialog, SigningService::PIN)?;
    remote.role(&dialog)?;
    let answer = remote.ward.answer(id)?;
    ensure!(answer["ok"]["ticket"].is_string(), "{answer}");

    let sign = |remote: &mut Remote, key: &str, wanted: &str| -> Result<()> {
        let (id, dialog) = remote.ward.begin("sign", letters(key, 1))?;
        type_both(&dialog, SigningService::PIN)?;
        expect(&remote.ward.answer(id)?, wanted)
    };
    remote.service.state().locked = true;
    sign(&mut remote, "locked", "passcode_blocked")?;
    remote.service.state().locked = false;
    // Its PIN is the service's to set.
    for (id, command) in [(1, "change_passcode"), (2, "unblock_passcode")] {
        let args = json!({"reader": SigningService::NAME});
        remote.ward.relay.send(&json!({"own": {"id": id, "command": command, "args": args}}))?;
        let refused = remote.ward.relay.wait_for(|frame| frame["own"]["id"] == id)?["own"].clone();
        expect(&refused, "passcode_elsewhere")?;
        ensure!(refused["error"]["details"]["service"] == SigningService::NAME, "{refused}");
    }
    remote.service.state().runs_out = true;
    sign(&mut remote, "runs-out", "remote_refused")?;
    remote.service.state().runs_out = false;
    remote.service.state().busy = true;
    sign(&mut remote, "busy", "remote_unreachable")?;
    remote.service.state().busy = false;
    let elsewhere = remote.ward.identity.url();
    remote.service.state().redirects = Some(format!("{elsewhere}/csc/v2/credentials/authorize"));
    sign(&mut remote, "redirected", "remote_refused")?;
    remote.service.state().redirects = None;

    // What the service says of the certificate counts before anything is typed.
    ensure!(remote.ward.call("sign_out", json!({}))?.get("ok").is_some());
    for (status, wanted) in
        [("revoked", "certificate_revoked"), ("suspended", "certificate_revoked")]
    {
        remote.service.state().status = status;
        let (id, _) = remote.begin_as("tom", "sign_in", json!({}))?;
        expect(&remote.ward.answer(id)?, wanted)?;
    }

    // A service of another authority.
    let text = policy(&remote.ward.identity, ORIGIN);
    let untrusting = remote.service.untrusting_policy();
    remote.ward.host.write_policy(&format!("{text}{}{untrusting}", crate::CARDS))?;
    remote.ward.reader.insert()?;
    remote.ward.restart_agent()?;
    remote.ward.reader.remove()?;
    let (id, _) = remote.begin_as("tom", "sign_in", json!({}))?;
    expect(&remote.ward.answer(id)?, "remote_untrusted")
}

fn tampering() -> Result<()> {
    let mut remote = Remote::new("RSA", "")?;
    for tamper in [Tamper::OtherKey, Tamper::OtherHash] {
        remote.service.state().tamper = tamper;
        let (id, dialog) = remote.begin_as("tom", "sign_in", json!({}))?;
        type_both(&dialog, SigningService::PIN)?;
        expect(&remote.ward.answer(id)?, "signature_invalid")?;
    }
    remote.service.state().tamper = Tamper::None;
    remote.sign_in()?;
    for (tamper, key) in [(Tamper::OtherKey, "key"), (Tamper::OtherHash, "hash")] {
        remote.service.state().tamper = tamper;
        let (id, dialog) = remote.ward.begin("sign", letters(key, 2))?;
        type_both(&dialog, SigningService::PIN)?;
        expect(&remote.ward.answer(id)?, "signature_invalid")?;
    }
    Ok(())
}

fn beside_a_card() -> Result<()> {
    let mut remote = Remote::with_card("RSA", "")?;
    // Whoever has a card in the reader types its passcode, as ever.
    let answer = remote.ward.sign_in()?;
    ensure!(answer["session"]["user"]["uid"] == AMIRA.uid, "{answer}");
    ensure!(remote.ward.call("sign_out", json!({}))?.get("ok").is_some());
    Dialog::wait_closed(&remote.ward.desktop)?;

    // Tom has none: from the passcode over to the other way, and there down to the service.
    let (id, dialog) = remote.ward.begin("sign_in", json!({}))?;
    go_to(&dialog, "Tab")?;
    dialog.press("Return")?;
    dialog.wait_for_cards()?;
    go_to(&dialog, "Down")?;
    dialog.type_text("tom")?;
    dialog.press("Return")?;
    type_both(&dialog, SigningService::PIN)?;
    remote.role(&dialog)?;
    let answer = remote.ward.answer(id)?;
    ensure!(answer["ok"]["session"]["user"]["uid"] == TOM.uid, "{answer}");
    // His key signs, not the card; and its removal is nothing to him.
    let (id, dialog) = remote.ward.begin("sign", letters("beside", 1))?;
    type_both(&dialog, SigningService::PIN)?;
    let answer = remote.ward.answer(id)?;
    judge(&remote.ward, &answer, 1)?;
    remote.ward.reader.remove()?;
    remote.ward.relay.event(PORT, "card_removed")?;
    ensure!(remote.ward.call("user", json!({}))?["ok"]["user"]["uid"] == TOM.uid);

    // A card that is put in while the dialog asks is offered.
    ensure!(remote.ward.call("sign_out", json!({}))?.get("ok").is_some());
    Dialog::wait_closed(&remote.ward.desktop)?;
    let id = remote.ward.relay.begin(PORT, "sign_in", json!({}))?;
    let dialog = Dialog::wait(&remote.ward.desktop)?;
    dialog.wait_for_cards()?;
    remote.ward.reader.insert()?;
    remote.ward.relay.event(PORT, "card_inserted")?;
    std::thread::sleep(Duration::from_millis(1500));
    dialog.press("Return")?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let answer = remote.ward.answer(id)?;
    ensure!(answer["ok"]["session"]["user"]["uid"] == AMIRA.uid, "{answer}");
    Ok(())
}

fn idle() -> Result<()> {
    let mut remote = Remote::new("EC", "idle_seconds = 6")?;
    let session = remote.sign_in()?["session"]["id"].clone();
    let locked = remote.ward.relay.event(PORT, "session_locked")?;
    ensure!(locked["data"] == json!({"cause": "idle", "state": "locked"}), "{locked}");
    expect(&remote.ward.call("ticket", json!({}))?, "session_locked")?;
    // The same key brings it back.
    let (id, dialog) = remote.begin_as("tom", "sign_in", json!({}))?;
    type_both(&dialog, SigningService::PIN)?;
    let answer = remote.ward.answer(id)?;
    ensure!(answer["ok"]["session"]["id"] == session, "{answer}");
    remote.ward.relay.event(PORT, "session_resumed")?;
    remote.ward.relay.event(PORT, "session_locked").map(drop)
}

const FOCUS: Duration = Duration::from_millis(250);
