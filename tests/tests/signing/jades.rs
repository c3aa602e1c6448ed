//! JAdES, judged by `jose` (npm).

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Result, ensure};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};

use super::{
    cades::signature,
    ward::{Ward, base64},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[("jades::inside_and_beside_the_document", documents)];

const OBSERVATION: &[u8] = br#"{"resourceType":"Observation","status":"final"}"#;

fn documents() -> Result<()> {
    let mut ward = Ward::usual()?;
    for detached in [false, true] {
        let signed = ward.call_with_passcode(
            "sign",
            json!({
                "key": format!("{:0>16}", detached), "format": "jades", "packaging": if detached { "detached" } else { "enveloping" },
                "commitment": "proof_of_origin",
                "documents": [{
                    "id": "1", "name": "Potassium", "mediaType": "application/fhir+json",
                    "content": base64(OBSERVATION),
                }],
            }),
        )?;
        let token = String::from_utf8(signature(&signed, 0)?)?;
        ensure!(token.contains("..") == detached, "{token}");
        let given = |octets| detached.then(|| Base64UrlUnpadded::encode_string(octets));
        ensure!(jose(&token, given(OBSERVATION))? == base64(OBSERVATION), "another document");
        if detached {
            ensure!(jose(&token, given(b"{}")).is_err(), "over anything");
        }
        let altered = token.replacen("ey", "ez", 1);
        ensure!(jose(&altered, given(OBSERVATION)).is_err(), "with another header");
    }
    Ok(())
}

/// What `jose` says that was signed, in base64.
fn jose(token: &str, payload: Option<String>) -> Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("outsiders/node");
    ensure!(folder.join("node_modules").exists(), "jose is missing: run it by `cargo xtask`");
    let mut node = Command::new("node");
    node.arg(folder.join("verify_jws.mjs"));
    node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut node = node.spawn()?;
    let mut asked: Value = json!({ "jws": token });
    if let Some(payload) = payload {
        asked["payload"] = json!(payload);
    }
    if let Some(input) = &mut node.stdin.take() {
        writeln!(input, "{asked}")?;
    }
    let output = node.wait_with_output()?;
    ensure!(output.status.success(), "jose refuses it");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
