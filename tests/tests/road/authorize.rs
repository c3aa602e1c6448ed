use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{Dialog, PASSCODE};

use crate::ward::{ORIGIN, Ward, code, expect};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("authorize::a_card_signs_the_user_in_to_a_client_and_then_silently", signs_in),
    ("authorize::a_passcode_again_keeps_session_and_tickets", again),
    ("authorize::only_the_servers_own_pages_get_proofs", own_pages),
];

/// A proof signs in once, for one transaction; while the session is active the next is silent.
fn signs_in() -> Result<()> {
    let mut ward = with_client()?;
    let first = begin(&ward, "")?;
    expect(&silently(&mut ward, &first)?, "gesture_required")?;
    ensure!(!Dialog::is_open(&ward.desktop));
    let proof = with_passcode(&mut ward, &first)?;
    ensure!(code_of(&finish(&ward, &first, &proof)?).is_some());
    let replayed = finish(&ward, &first, &proof)?;
    ensure!(replayed["error"] == "access_denied", "{replayed}");

    let second = begin(&ward, "")?;
    let answer = silently(&mut ward, &second)?;
    let proof = answer["ok"]["proof"].clone();
    let third = begin(&ward, "")?;
    let elsewhere = finish(&ward, &third, &proof)?;
    ensure!(elsewhere["error"].is_string(), "good for another transaction: {elsewhere}");
    ensure!(code_of(&finish(&ward, &second, &proof)?).is_some());

    // The server's page hears of the card, as it has to say what is missing.
    ward.relay.call(ID_PORT, "subscribe", json!({}))?;
    ward.reader.pull()?;
    ward.relay.event(ID_PORT, "card_removed")?;
    let fourth = begin(&ward, "")?;
    let mut answer = silently(&mut ward, &fourth)?;
    // The session ends just after the news of the card.
    for _ in 0..100 {
        if code(&answer) == "gesture_required" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
        answer = silently(&mut ward, &fourth)?;
    }
    expect(&answer, "gesture_required")
}

fn again() -> Result<()> {
    let mut ward = with_client()?;
    let application = ward.sign_in()?;
    let ticket = application["ticket"].as_str().unwrap_or_default().to_owned();
    let asked = begin(&ward, "&prompt=login")?;
    expect(&silently(&mut ward, &asked)?, "gesture_required")?;
    let proof = with_passcode(&mut ward, &asked)?;
    ensure!(code_of(&finish(&ward, &asked, &proof)?).is_some());

    let status = ward.call("status", json!({}))?;
    ensure!(status["ok"]["session"]["id"] == application["session"]["id"], "{status}");
    ensure!(ward.identity.opens(&ticket)?, "the application lost its ticket");
    // The new key of the session is good for what follows.
    let next = begin(&ward, "")?;
    let answer = silently(&mut ward, &next)?;
    ensure!(code_of(&finish(&ward, &next, &answer["ok"]["proof"])?).is_some());
    ward.call("sign_out", json!({}))?;
    for _ in 0..200 {
        if !ward.identity.opens(&ticket)? {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    anyhow::bail!("the ticket outlived its session")
}

fn own_pages() -> Result<()> {
    let mut ward = with_client()?;
    ward.sign_in()?;
    let asked = begin(&ward, "")?;
    let request = json!({"request": asked["request"]});
    expect(&ward.call("authorize", request.clone())?, "capability_not_granted")?;
    let granted = wardkey_tests::stage::policy(&ward.identity, ORIGIN)
        .replace("\"sign_in\"", "\"authorize\", \"sign_in\"");
    ensure!(granted.contains("authorize"));
    ward.host.write_policy(&granted)?;
    ward.restart_agent()?;
    expect(&ward.call("authorize", request)?, "capability_not_granted")
}

fn with_client() -> Result<Ward> {
    let mut ward = Ward::usual()?;
    let client = json!({
        "id": "ward",
        "name": "Meadow Ward",
        "profile": "cis2",
        "redirect_uris": ["https://ward.example/callback"],
        "authentication": {"method": "client_secret_post", "secret_sha256": "0".repeat(64)},
        "scopes": ["openid"],
    });
    ward.identity.register_client(&client.to_string())?;
    let server = ward.identity.url();
    ward.relay.open(ID_PORT, &server)?;
    Ok(ward)
}

/// What the sign-in page is given: a transaction and the server's request to the agent.
fn begin(ward: &Ward, more: &str) -> Result<Value> {
    let url = format!("{}/oidc/authorize?{QUERY}{more}", ward.identity.url());
    let page = curl(ward, &[&url])?;
    let data = page.split_once(r#"{""#).and_then(|(_, rest)| rest.split_once("</script>"));
    let (data, _) = data.with_context(|| page.clone())?;
    Ok(serde_json::from_str(&format!("{{\"{}", data.trim()))?)
}

/// The page asks without a gesture.
fn silently(ward: &mut Ward, page: &Value) -> Result<Value> {
    let args = json!({"request": page["request"]});
    let frame = json!({"v": 1, "id": SILENT, "command": "authorize", "args": args});
    ward.relay.send(&json!({"message": {"port": ID_PORT, "activation": false, "frame": frame}}))?;
    ward.relay.answer(ID_PORT, SILENT)
}

/// The page asks after a click; the proof.
fn with_passcode(ward: &mut Ward, page: &Value) -> Result<Value> {
    let id = ward.relay.begin(ID_PORT, "authorize", json!({"request": page["request"]}))?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let answer = ward.relay.answer(ID_PORT, id)?;
    ensure!(answer["ok"]["proof"].is_string(), "{answer}");
    Ok(answer["ok"]["proof"].clone())
}

/// The page takes the proof to the server.
fn finish(ward: &Ward, page: &Value, proof: &Value) -> Result<Value> {
    let body = json!({"transaction": page["transaction"], "proof": proof}).to_string();
    let url = format!("{}/oidc/authorize/continue", ward.identity.url());
    let json = "content-type: application/json";
    Ok(serde_json::from_str(&curl(ward, &["--header", json, "--data", &body, &url])?)?)
}

/// The code that the client gets.
fn code_of(finished: &Value) -> Option<&str> {
    let location = finished["answer"]["location"].as_str()?;
    location.strip_prefix("https://ward.example/callback?code=")?.split('&').next()
}

fn curl(ward: &Ward, more: &[&str]) -> Result<String> {
    let cookies = ward.folder.path().join("cookies");
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--cacert"]).arg(ward.identity.pki("tls-ca.crt.pem"));
    curl.arg("--cookie").arg(&cookies).arg("--cookie-jar").arg(&cookies).args(more);
    let output = curl.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The port of the server's own page.
const ID_PORT: u32 = 7;
const SILENT: u32 = 900;
const QUERY: &str = "response_type=code&client_id=ward\
    &redirect_uri=https%3A%2F%2Fward.example%2Fcallback&scope=openid&state=s&nonce=n\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
