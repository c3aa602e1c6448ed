//! A page written for `web-eid.js` on a site where policy has its calls answered. The library is in no
//! registry that CI has, so that its double is played here, from what it posts and takes; who has built it
//! as one script that defines `webeid` names that file in `WARDKEY_WEB_EID`, and it is run too. (npm's
//! `web-eid` is an older library of another protocol.) By hand that was done with 2.1.0-beta.2.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_crypto::{Obligation, SignatureAlgorithm};
use wardkey_pki::Certificate;
use wardkey_protocol::Base64;
use wardkey_tests::stage::{Dialog, Engine, Options, PASSCODE, policy};

use super::page::Played;
use crate::InBoth;

/// In Chromium and in Firefox.
pub const IN_BOTH: &[(&str, InBoth)] = &[
    ("web_eid::a_page_for_web_eid_signs_in_and_signs", on_site),
    ("web_eid::elsewhere_nothing_is_answered", elsewhere),
];

fn on_site(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    let origin = ward.stage.app.url();
    let usual = policy(&ward.stage.identity, &origin);
    let mut admitted = usual.replace("capabilities = [", "web_eid = true\ncapabilities = [");
    admitted = format!("{admitted}{}", crate::CARDS);
    ward.stage.host.write_policy(&admitted)?;
    ward.stage.host.kill_agent();
    ward.script(LIBRARY)?;

    let status = call(&ward, json!({"action": "web-eid:status"}))?;
    ensure!(status["library"] == VERSION && status["extension"] == "2.0.0", "{status}");

    let nonce = "bm9uY2Utb2YtdGhlLXNpdGUtb2YtYXQtbGVhc3QtNDQ=";
    begin(&ward, &json!({"action": "web-eid:authenticate", "challengeNonce": nonce}))?;
    let token = with_passcode(&ward)?;
    ensure!(token["format"] == "web-eid:1.0", "{token}");
    let hash = algorithm(&token["algorithm"])?;
    let digest = |octets: &[u8]| hash.digest(octets).unwrap_or_default();
    let signed = [digest(origin.as_bytes()), digest(nonce.as_bytes())].concat();
    holds(&token["unverifiedCertificate"], &token["signature"], hash, &signed)?;

    let certificate = call(&ward, json!({"action": "web-eid:get-signing-certificate"}))?;
    let offered = certificate["supportedSignatureAlgorithms"].as_array().context("none")?;
    let chosen = &offered[0];
    let name = match (chosen["cryptoAlgorithm"].as_str(), chosen["hashFunction"].as_str()) {
        (Some("RSA"), Some("SHA-256")) => "RS256",
        (Some("ECC"), Some("SHA-256")) => "ES256",
        (Some("ECC"), Some("SHA-384")) => "ES384",
        other => anyhow::bail!("{other:?}"),
    };
    let hash = algorithm(&name.into())?;
    let document = b"A container that the site has made.";
    let sign = json!({
        "action": "web-eid:sign",
        "certificate": certificate["certificate"],
        "hash": Base64(hash.digest(document).unwrap_or_default()).encode(),
        "hashFunction": chosen["hashFunction"],
    });
    begin(&ward, &sign)?;
    let made = with_passcode(&ward)?;
    ensure!(made["signatureAlgorithm"] == *chosen, "{made}");
    holds(&certificate["certificate"], &made["signature"], hash, document)?;

    if let Some(library) = std::env::var_os("WARDKEY_WEB_EID") {
        by_library(&ward, &std::fs::read_to_string(library)?, nonce)?;
    }

    // Who takes too long is given up: the dialog closes, and is not in the way of the next.
    let mut slow = sign.clone();
    slow["options"] = json!({"userInteractionTimeout": 3000, "lang": "et"});
    begin(&ward, &slow)?;
    let late = ended(&ward)?;
    ensure!(late["error"]["code"] == "ERR_WEBEID_USER_TIMEOUT", "{late}");
    Dialog::wait_closed(&ward.stage.desktop)?;

    // Who says no is told as the library knows it.
    begin(&ward, &sign)?;
    Dialog::wait(&ward.stage.desktop)?.press("Escape")?;
    let refused = ended(&ward)?;
    ensure!(refused["error"]["code"] == "ERR_WEBEID_USER_CANCELLED", "{refused}");
    Ok(())
}

/// The same with the library itself.
fn by_library(ward: &Played, library: &str, nonce: &str) -> Result<()> {
    ward.script(&format!("{library}; window.webeid = webeid;"))?;
    let run = |body: &str, passcodes: usize| -> Result<Value> {
        ward.script(&format!(
            "window.made = undefined; const button = document.querySelector('#web-eid');\
             button.onclick = () => (async () => {{ {body} }})().then(\
               (made) => (window.made = made), (error) => (window.made = {{ code: error.code, text: String(error) }}));"
        ))?;
        ward.click("#web-eid")?;
        for _ in 0..passcodes {
            let dialog = Dialog::wait(&ward.stage.desktop)?;
            dialog.wait_for_passcode_field()?;
            dialog.type_text(PASSCODE)?;
            dialog.press("Return")?;
        }
        ward.wait_within("window.made !== undefined", Duration::from_secs(20))?;
        ward.script("return window.made;")
    };
    let status = run("return webeid.status();", 0)?;
    ensure!(status["extension"] == "2.0.0" && status["nativeApp"] == "2.0.0", "{status}");
    let token = run(&format!("return webeid.authenticate('{nonce}');"), 1)?;
    ensure!(token["format"] == "web-eid:1.0" && token["signature"].is_string(), "{token}");
    let made = run(
        "const { certificate, supportedSignatureAlgorithms: [{ hashFunction }] } =\
           await webeid.getSigningCertificate();\
         const digest = await crypto.subtle.digest(hashFunction, new TextEncoder().encode('a'));\
         return webeid.sign(certificate, btoa(String.fromCharCode(...new Uint8Array(digest))), hashFunction);",
        1,
    )?;
    ensure!(
        made["signature"].is_string() && made["signatureAlgorithm"]["hashFunction"].is_string(),
        "{made}"
    );
    let refused = run("return webeid.authenticate('short');", 0)?;
    ensure!(refused["code"] == "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", "{refused}");
    ward.script(
        "document.querySelector('#web-eid').onclick = () => window.postMessage(window.call, '*');",
    )?;
    println!("web-eid.js itself was run");
    Ok(())
}

fn elsewhere(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    ward.script(LIBRARY)?;
    begin(&ward, &json!({"action": "web-eid:status"}))?;
    std::thread::sleep(Duration::from_millis(1500));
    let heard = ward.script("return window.heard;")?;
    ensure!(heard == json!([]), "{heard}");
    Ok(())
}

/// Posts a call as the library does, from a click.
fn begin(ward: &Played, message: &Value) -> Result<()> {
    let mut message = message.clone();
    message["libraryVersion"] = VERSION.into();
    ward.script(&format!("window.heard = []; window.call = {message};"))?;
    ward.click("#web-eid")
}

fn call(ward: &Played, message: Value) -> Result<Value> {
    begin(ward, &message)?;
    ended(ward)
}

fn with_passcode(ward: &Played) -> Result<Value> {
    let dialog = Dialog::wait(&ward.stage.desktop).or_else(|error| {
        let heard = ward.script("return window.heard;")?;
        Err(error.context(format!("the page heard {heard}")))
    })?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    ended(ward)
}

/// What the library takes as the end: the acknowledgement came first, and once.
fn ended(ward: &Played) -> Result<Value> {
    ward.wait_within("window.heard.length >= 2", Duration::from_secs(20))?;
    let heard = ward.script("return window.heard;")?;
    let action = ward.script("return window.call.action;")?;
    let action = action.as_str().unwrap_or_default();
    ensure!(heard[0] == json!({"action": format!("{action}-ack")}), "{heard}");
    let end = heard[1]["action"].as_str().unwrap_or_default();
    let ends = [format!("{action}-success"), format!("{action}-failure")];
    ensure!(
        ends.contains(&end.to_owned()) && heard.as_array().is_some_and(|it| it.len() == 2),
        "{heard}"
    );
    Ok(heard[1].clone())
}

fn algorithm(name: &Value) -> Result<SignatureAlgorithm> {
    Ok(match name.as_str() {
        Some("RS256") => SignatureAlgorithm::RsaPkcs1Sha256,
        Some("ES256") => SignatureAlgorithm::EcdsaP256Sha256,
        Some("ES384") => SignatureAlgorithm::EcdsaP384Sha384,
        other => anyhow::bail!("{other:?}"),
    })
}

fn holds(
    certificate: &Value,
    signature: &Value,
    algorithm: SignatureAlgorithm,
    message: &[u8],
) -> Result<()> {
    let octets = |value: &Value| -> Result<Vec<u8>> {
        Ok(serde_json::from_value::<Base64>(value.clone())?.0)
    };
    let certificate = Certificate::from_der(&octets(certificate)?)?;
    let obligation = Obligation {
        algorithm,
        spki: certificate.spki().to_vec(),
        message: message.to_vec(),
        signature: octets(signature)?,
        issued: false,
    };
    ensure!(obligation.discharge(), "the signature does not hold");
    Ok(())
}

const VERSION: &str = "2.1.0-beta.2";

/// As the library does: it posts to its own window, and takes what comes back by `action`.
const LIBRARY: &str = "\
    window.heard = [];\
    addEventListener('message', ({ data, source }) => {\
      if (source === window && /^web-eid:.*-(ack|success|failure)$/.test(data?.action)) heard.push(data);\
    });\
    const button = document.createElement('button');\
    button.id = 'web-eid';\
    button.textContent = 'Web eID';\
    button.style = 'position: fixed; top: 0; left: 0; z-index: 9999';\
    button.onclick = () => window.postMessage(window.call, '*');\
    document.body.append(button);";
