use anyhow::{Result, ensure};
use serde_json::json;
use wardkey_tests::stage::{
    AMIRA, Certificate, Dialog, Identity, PASSCODE, Ports, Purpose, ROSA, Reader, Relay, SoftToken,
    policy,
};

use crate::ward::{ORIGIN, PORT, Plan, Ward, expect};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("relay::bad_frames_get_an_answer_and_the_next_call_works", bad_frames),
    ("relay::bad_messages_get_an_answer_and_the_next_call_works", bad_messages),
    ("relay::origins_get_what_policy_grants", origins),
    ("relay::another_extension_is_turned_away", another_extension),
    ("relay::a_gesture_is_required", gesture),
    ("relay::one_dialog_at_a_time_and_cancel_closes_it", one_dialog),
    ("relay::a_relay_that_is_killed_leaves_the_agent", killed_relay),
    ("relay::no_smartcard_service", no_service),
    ("relay::no_reader", no_reader),
    ("relay::no_card", no_card),
    ("relay::wrong_passcodes_count_down_to_the_last_try_and_the_block", wrong_passcodes),
    ("relay::a_card_pulled_while_the_dialog_is_open", pulled_at_dialog),
    ("relay::a_card_pulled_while_signing", pulled_while_signing),
    ("relay::a_card_pulled_ends_the_session", pulled_in_session),
    ("relay::a_server_that_is_down", server_down),
    ("relay::a_server_of_an_unknown_authority", server_untrusted),
    ("relay::an_expired_login_certificate", expired),
    ("relay::a_revoked_login_certificate", revoked),
    ("relay::a_revoked_signing_certificate", revoked_signing),
    ("relay::a_certificate_for_something_else", wrong_usage),
    ("relay::a_user_without_a_role", no_role),
    ("relay::the_same_key_never_signs_twice", idempotency),
    ("relay::raw_is_a_capability_of_its_own_and_refuses_foreign_input", raw),
    ("relay::authenticate_gives_a_web_eid_token", authenticate),
    ("relay::a_softhsm_token_is_a_card_too", softhsm),
    ("relay::pinentry_takes_the_passcode_after_consent", pinentry),
];

fn bad_frames() -> Result<()> {
    let mut ward = Ward::usual()?;
    let fault = |relay: &mut Relay| -> Result<String> {
        let frame = relay.wait_for(|frame| frame.get("fault").is_some())?;
        Ok(frame["fault"]["code"].as_str().unwrap_or_default().to_owned())
    };
    ward.relay.send_octets(0, b"")?;
    ensure!(fault(&mut ward.relay)? == "message_malformed");
    ward.relay.send_octets(5, b"{\"a\":")?;
    ensure!(fault(&mut ward.relay)? == "message_malformed");
    let large = vec![b' '; 1_100_000];
    ward.relay.send_octets(u32::try_from(large.len())?, &large)?;
    ensure!(fault(&mut ward.relay)? == "frame_too_large");
    ensure!(ward.call("status", json!({}))?["ok"]["protocol"] == 2);
    Ok(())
}

fn bad_messages() -> Result<()> {
    let mut ward = Ward::usual()?;
    expect(&ward.call("open_sesame", json!({}))?, "command_unknown")?;
    expect(&ward.call("status", json!({"verbose": true}))?, "argument_invalid")?;
    expect(&ward.call("sign", json!({"key": "short"}))?, "argument_invalid")?;
    ward.relay.message(PORT, json!({"v": 1, "id": 900, "command": "status"}))?;
    expect(&ward.answer(900)?, "message_malformed")?;
    ward.relay.message(PORT, json!({"v": 3, "id": 901, "command": "status", "args": {}}))?;
    expect(&ward.answer(901)?, "version_mismatch")?;
    let forged = json!({"v": 1, "id": 902, "command": "status", "args": {}, "sender": "https://x"});
    ward.relay.message(PORT, forged)?;
    expect(&ward.answer(902)?, "message_malformed")?;
    ensure!(ward.call("status", json!({}))?["ok"]["protocol"] == 2);
    Ok(())
}

fn origins() -> Result<()> {
    let mut ward = Ward::usual()?;
    let strangers = [
        ("https://stranger.example", "origin_not_admitted"),
        ("http://ward.test", "context_insecure"),
        ("null", "origin_not_admitted"),
    ];
    for (port, (origin, wanted)) in (10..).zip(strangers) {
        ward.relay.open(port, origin)?;
        for command in ["sign_in", "cards", "user", "ticket"] {
            expect(&ward.relay.call(port, command, json!({}))?, wanted)?;
        }
        // Versions for everyone, and not a word of cards or people.
        let status = ward.relay.call(port, "status", json!({}))?;
        let fields: Vec<_> = status["ok"].as_object().into_iter().flatten().collect();
        ensure!(fields.len() == 2, "{status}");
        let snapshot = ward.relay.call(port, "subscribe", json!({}))?;
        ensure!(snapshot["ok"] == json!({"seq": 0}), "{snapshot}");
    }
    ensure!(!Dialog::is_open(&ward.desktop));
    let narrowed = policy(&ward.identity, ORIGIN).replace("\"ticket\", ", "");
    ward.host.write_policy(&narrowed)?;
    ward.restart_agent()?;
    let refused = ward.call("ticket", json!({}))?;
    expect(&refused, "capability_not_granted")?;
    ensure!(refused["error"]["details"]["capability"] == "ticket");
    ward.host.write_policy(&narrowed.replace("development = true", "developement = true"))?;
    ward.host.kill_agent();
    ward.relay = Relay::start(&ward.programs, &ward.environment())?;
    ward.relay.open(PORT, ORIGIN)?;
    let refused = ward.call("cards", json!({}))?;
    expect(&refused, "policy_invalid")?;
    // What is wrong is for the administrator, not for a page that nobody admitted.
    ensure!(refused["error"].get("details").is_none(), "{refused}");
    Ok(())
}

fn another_extension() -> Result<()> {
    use std::process::{Command, Stdio};
    let ward = Ward::usual()?;
    let relay = Command::new(&ward.programs.host)
        .arg("chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/")
        .envs(ward.environment())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = relay.wait_with_output()?;
    ensure!(!String::from_utf8_lossy(&output.stdout).contains("welcome"));
    Ok(())
}

fn gesture() -> Result<()> {
    let mut ward = Ward::usual()?;
    let request = json!({"v": 1, "id": 900, "command": "sign_in", "args": {}});
    let message = json!({"port": PORT, "activation": false, "frame": request});
    ward.relay.send(&json!({"message": message}))?;
    expect(&ward.answer(900)?, "gesture_required")?;
    ensure!(!Dialog::is_open(&ward.desktop));
    Ok(())
}

fn one_dialog() -> Result<()> {
    let mut ward = Ward::usual()?;
    let (first, _) = ward.begin("sign_in", json!({}))?;
    expect(&ward.call("sign_in", json!({}))?, "busy")?;
    ward.relay.message(PORT, json!({"cancel": first}))?;
    expect(&ward.answer(first)?, "cancelled")?;
    Dialog::wait_closed(&ward.desktop)?;
    let (second, dialog) = ward.begin("sign_in", json!({}))?;
    dialog.press("Escape")?;
    expect(&ward.answer(second)?, "user_cancelled")?;
    ward.sign_in()?;
    // Signed in already: no dialog, and the same ticket.
    let again = ward.call("sign_in", json!({}))?;
    ensure!(again["ok"]["ticket"].is_string(), "{again}");
    Ok(())
}

fn killed_relay() -> Result<()> {
    let mut ward = Ward::usual()?;
    let session = ward.sign_in()?["session"]["id"].clone();
    let agent = ward.host.agent();
    ward.restart_relay()?;
    ensure!(ward.host.agent() == agent && agent.is_some(), "the agent did not stay");
    // A new document is not signed in until it asks; then it needs no passcode.
    expect(&ward.call("user", json!({}))?, "session_missing")?;
    ensure!(ward.call("sign_in", json!({}))?["ok"]["session"]["id"] == session);
    Ok(())
}

fn no_service() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.host.kill_agent();
    let mut environment = ward.environment();
    environment.push(("PCSCLITE_CSOCK_NAME", ward.folder.path().join("nothing.comm")));
    ward.relay = Relay::start(&ward.programs, &environment)?;
    ward.relay.open(PORT, ORIGIN)?;
    expect(&ward.call("sign_in", json!({}))?, "reader_service_missing")
}

fn no_reader() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.host.kill_agent();
    let none = Reader::none(&ward.programs, &ward.folder.path().join("none"))?;
    let mut environment = ward.environment();
    environment.push(("PCSCLITE_CSOCK_NAME", none.socket().to_owned()));
    ward.relay = Relay::start(&ward.programs, &environment)?;
    ward.relay.open(PORT, ORIGIN)?;
    expect(&ward.call("sign_in", json!({}))?, "reader_missing")?;
    expect(&ward.call("sign_in", json!({}))?, "reader_missing")
}

fn no_card() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.call("subscribe", json!({}))?;
    ward.reader.remove()?;
    ward.relay.event(PORT, "card_removed")?;
    expect(&ward.call("sign_in", json!({}))?, "card_missing")?;
    ward.reader.insert()?;
    ward.relay.event(PORT, "card_inserted")?;
    ward.sign_in().map(drop)
}

fn wrong_passcodes() -> Result<()> {
    let mut ward = Ward::usual()?;
    // Wrong, then right: nothing is lost but a try, and the right one gives it back.
    let (id, dialog) = ward.begin("sign_in", json!({}))?;
    dialog.type_text("111111")?;
    dialog.press("Return")?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    ensure!(ward.answer(id)?["ok"].is_object());
    // Wrong until one try is left: the last is not spent without being confirmed.
    let args = json!({"nonce": "0".repeat(44)});
    let (id, dialog) = ward.begin("authenticate", args.clone())?;
    for _ in 0..2 {
        dialog.type_text("111111")?;
        dialog.press("Return")?;
        dialog.wait_for_passcode_field()?;
    }
    dialog.type_text("111111")?;
    dialog.press("Return")?;
    std::thread::sleep(std::time::Duration::from_millis(500));
    ensure!(Dialog::is_open(&ward.desktop), "the last try was spent without a warning");
    dialog.confirm_last_try()?;
    dialog.press("Return")?;
    // The way to unblock it is offered, and not taken.
    dialog.wait_for_passcode_field()?;
    dialog.press("Escape")?;
    expect(&ward.answer(id)?, "passcode_blocked")?;
    Dialog::wait_closed(&ward.desktop)?;
    let (id, dialog) = ward.begin("authenticate", args)?;
    dialog.press("Escape")?;
    expect(&ward.answer(id)?, "passcode_blocked")
}

fn pulled_at_dialog() -> Result<()> {
    let mut ward = Ward::usual()?;
    let (id, _) = ward.begin("sign_in", json!({}))?;
    ward.reader.pull()?;
    expect(&ward.answer(id)?, "card_removed")?;
    Dialog::wait_closed(&ward.desktop)?;
    ward.reader.insert()?;
    ward.wait_for_card()?;
    ward.sign_in().map(drop)
}

fn pulled_while_signing() -> Result<()> {
    let mut ward = Ward::usual()?;
    let args = ward.prescription("pulled")?;
    let (id, dialog) = ward.begin("sign", args)?;
    ward.reader.say("fault remove-at 1 87")?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    expect(&ward.answer(id)?, "card_removed")
}

fn pulled_in_session() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.call("subscribe", json!({}))?;
    let ticket = ward.sign_in()?["ticket"].clone();
    let ticket = ticket.as_str().unwrap_or_default();
    ensure!(ward.identity.opens(ticket)?, "the ticket opens nothing");
    ward.reader.pull()?;
    let pulled = std::time::Instant::now();
    let event = ward.relay.event(PORT, "session_ended")?;
    ensure!(event["data"]["cause"] == "card_removed", "{event}");
    while ward.identity.opens(ticket)? {
        ensure!(pulled.elapsed() < std::time::Duration::from_secs(10), "the ticket still opens");
    }
    expect(&ward.call("ticket", json!({}))?, "session_ended")
}

fn server_down() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.identity.stop();
    expect(&ward.call("sign_in", json!({}))?, "server_unreachable")?;
    Dialog::wait_closed(&ward.desktop)?;
    ward.identity.resume()?;
    ward.sign_in().map(drop)
}

fn server_untrusted() -> Result<()> {
    let mut ward = Ward::usual()?;
    let other = ward.folder.path().join("other");
    let other = Identity::start(&ward.programs, &other, ORIGIN, &Ports::choose()?)?;
    let pinned = ward.identity.pki("tls-ca.crt.pem").display().to_string();
    let policy = policy(&ward.identity, ORIGIN);
    let elsewhere = other.pki("tls-ca.crt.pem").display().to_string();
    ward.host.write_policy(&policy.replace(&pinned, &elsewhere))?;
    ward.restart_agent()?;
    expect(&ward.call("sign_in", json!({}))?, "server_untrusted")
}

fn with_certificates(login: Certificate, content: Certificate) -> Result<Ward> {
    let certificates = vec![(Purpose::Login, login), (Purpose::Content, content)];
    Ward::planned(&Plan { certificates, ..Plan::default() })
}

fn expired() -> Result<()> {
    let mut ward = with_certificates(Certificate::Expired, Certificate::Expired)?;
    expect(&ward.call("sign_in", json!({}))?, "certificate_expired")?;
    let args = ward.prescription("expired")?;
    expect(&ward.call("sign", args)?, "certificate_expired")
}

fn revoked() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.identity.revoke(&ward.folder.path().join("card/9a.crt.pem"))?;
    expect(&ward.call_with_passcode("sign_in", json!({}))?, "certificate_revoked")
}

fn revoked_signing() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.identity.revoke(&ward.folder.path().join("card/9c.crt.pem"))?;
    let args = ward.prescription("revoked")?;
    expect(&ward.call("sign", args)?, "certificate_revoked")
}

fn wrong_usage() -> Result<()> {
    let mut ward = with_certificates(Certificate::WrongUsage, Certificate::Ordinary)?;
    expect(&ward.call("sign_in", json!({}))?, "certificate_wrong_usage")?;
    let mut ward = with_certificates(Certificate::Ordinary, Certificate::WrongUsage)?;
    let args = ward.prescription("usage")?;
    expect(&ward.call("sign", args)?, "certificate_wrong_usage")
}

fn no_role() -> Result<()> {
    let mut ward = Ward::planned(&Plan { user: ROSA, ..Plan::default() })?;
    expect(&ward.call_with_passcode("sign_in", json!({}))?, "server_refused")
}

fn idempotency() -> Result<()> {
    let mut ward = Ward::usual()?;
    let args = ward.prescription("once")?;
    let first = ward.call_with_passcode("sign", args.clone())?;
    ensure!(first["ok"]["results"][0]["signature"].is_string(), "{first}");
    Dialog::wait_closed(&ward.desktop)?;
    let second = ward.call("sign", args)?;
    ensure!(first["ok"] == second["ok"]);
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog for what was signed");
    Ok(())
}

fn raw() -> Result<()> {
    let mut ward = Ward::usual()?;
    let args = |content: &[u8], key: &str| {
        json!({"key": format!("{key:0>16}"), "format": "raw", "documents": [{
            "id": "1", "name": "Note", "mediaType": "text/plain",
            "content": crate::ward::base64(content),
        }]})
    };
    let signed = ward.call_with_passcode("sign", args(b"Rest, and drink plenty.", "a"))?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
    let foreign = b"eyJhbGciOiJSUzI1NiJ9.e30";
    expect(&ward.call("sign", args(foreign, "b"))?, "document_refused")?;
    let without = policy(&ward.identity, ORIGIN).replace("\"sign_content_not_shown\", ", "");
    ward.host.write_policy(&without)?;
    ward.restart_agent()?;
    expect(&ward.call("sign", args(b"Rest.", "c"))?, "capability_not_granted")
}

fn authenticate() -> Result<()> {
    let mut ward = Ward::usual()?;
    let token = ward.call_with_passcode("authenticate", json!({"nonce": "n".repeat(44)}))?;
    ensure!(token["ok"]["format"] == "web-eid:1.0", "{token}");
    ensure!(token["ok"]["algorithm"] == "RS256", "{token}");
    Ok(())
}

fn softhsm() -> Result<()> {
    let mut ward = Ward::usual()?;
    let token = SoftToken::for_user(&ward.identity, &ward.folder.path().join("soft"), AMIRA)?;
    let modules = format!("\n[cards]\nmodules = [\"{}\"]\n", SoftToken::MODULE);
    ward.host.write_policy(&format!("{}{modules}", policy(&ward.identity, ORIGIN)))?;
    // No card in any reader: the token is the only one.
    ward.reader.remove()?;
    ward.host.kill_agent();
    let mut environment = ward.environment();
    environment.push(("SOFTHSM2_CONF", token.configuration().to_owned()));
    ward.relay = Relay::start(&ward.programs, &environment)?;
    ward.relay.open(PORT, ORIGIN)?;
    ward.sign_in()?;
    let args = ward.prescription("soft")?;
    let signed = ward.call_with_passcode("sign", args)?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
    Ok(())
}

fn pinentry() -> Result<()> {
    let mut ward = Ward::usual()?;
    let program = ward.folder.path().join("pinentry");
    // Stands for the desktop's own: it speaks Assuan and types the passcode itself.
    let script = format!(
        "#!/bin/sh\necho OK\nwhile read -r order _; do\n\
         [ \"$order\" = GETPIN ] && echo 'D {PASSCODE}'\necho OK\ndone\n"
    );
    std::fs::write(&program, script)?;
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let dialog = format!("\n[dialog]\npinentry = \"{}\"\n", program.display());
    ward.host.write_policy(&format!("{}{dialog}", policy(&ward.identity, ORIGIN)))?;
    ward.restart_agent()?;
    let (id, dialog) = ward.begin("sign_in", json!({}))?;
    // Nothing is typed before the user has agreed in our window.
    dialog.press("Return")?;
    ensure!(ward.answer(id)?["ok"]["ticket"].is_string());
    Ok(())
}
