//! JAdES and plain JWS, judged by `jose` (npm); what `jose` makes, judged by us.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};

use super::{
    cades::signature,
    one_report, outsiders,
    trust::Trust,
    ward::{Ward, base64, expect},
    xades::report,
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("jades::inside_and_beside_the_document", documents),
    ("jades::what_jose_makes_holds", theirs),
];

const OBSERVATION: &[u8] = br#"{"resourceType":"Observation","status":"final"}"#;

fn documents() -> Result<()> {
    let mut ward = Ward::usual()?;
    fs::write(ward.folder.path().join("observation"), OBSERVATION)?;
    for (format, serialization, detached) in [
        ("jades", "compact", false),
        ("jades", "compact", true),
        ("jades", "json", false),
        ("jades", "json", true),
        ("jws", "compact", false),
        ("jws", "json", true),
    ] {
        let args = json!({
            "key": format!("{:0>24}", format!("{format}{serialization}{detached}")), "format": format,
            "packaging": if detached { "detached" } else { "enveloping" },
            "serialization": serialization, "commitment": "proof_of_creation",
            "documents": [{
                "id": "1", "name": "Potassium", "mediaType": "application/fhir+json",
                "content": base64(OBSERVATION),
            }],
        });
        let signed = ward.call_with_passcode("sign", args)?;
        let token = String::from_utf8(signature(&signed, 0)?)?;
        ensure!(token.starts_with('{') == (serialization == "json"), "{token}");
        let empty = token.contains("..") || (token.starts_with('{') && !token.contains("payload"));
        ensure!(empty == detached, "{token}");
        let given = |octets| detached.then(|| Base64UrlUnpadded::encode_string(octets));
        ensure!(jose(&token, given(OBSERVATION))? == base64(OBSERVATION), "another document");
        if detached {
            ensure!(jose(&token, given(b"{}")).is_err(), "over anything");
        }
        let altered = token.replacen("ey", "ez", 1);
        ensure!(jose(&altered, given(OBSERVATION)).is_err(), "with another header");
        fs::write(ward.folder.path().join("signed"), &token)?;
        let mut verify = vec!["verify", "signed"];
        if detached {
            verify.extend(["--document", "observation"]);
        }
        let report = report(&ward, &verify)?;
        ensure!(report["verdict"] == "valid" && report["format"] == format, "{report}");
        let commitment = if format == "jades" { json!("proofOfCreation") } else { Value::Null };
        ensure!(report["commitment"] == commitment, "{report}");
    }
    let mut wrong = ward.prescription("serialization")?;
    wrong["serialization"] = json!("json");
    expect(&ward.call("sign", wrong)?, "argument_invalid")?;
    // A compact one has no header that is not signed, where a timestamp could stand.
    let stamped = json!({
        "key": "00000000compactstamped", "format": "jades", "serialization": "compact",
        "timestamp": true,
        "documents": [{
            "id": "1", "name": "Potassium", "mediaType": "application/fhir+json",
            "content": base64(OBSERVATION),
        }],
    });
    let refused = ward.call("sign", stamped)?;
    let reason = &refused["error"]["details"]["reason"];
    ensure!(reason == "serialization: a timestamp needs json", "{refused}");
    expect(&refused, "argument_invalid")
}

fn theirs() -> Result<()> {
    let trust = Trust::new("http://127.0.0.1:1/list")?;
    let ward = Ward::usual()?;
    let document = trust.path("document");
    fs::write(&document, OBSERVATION)?;
    let mut said = Vec::new();
    for (name, kind, algorithm) in [
        ("1_RSA", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "RS256"),
        ("2_PSS", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "PS384"),
        ("3_EC", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "ES256"),
        ("4_EC", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "ES512"),
        ("5_EC", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "ES384"),
    ] {
        trust.certify(name, kind, "signer")?;
        for form in ["compact", "flattened", "general", "detached"] {
            let asked = json!({
                "key": fs::read_to_string(trust.path(&format!("{name}.key")))?,
                "certificate": fs::read_to_string(trust.path(&format!("{name}.pem")))?,
                "algorithm": algorithm, "payload": base64(OBSERVATION), "form": form,
            });
            let signed = node("sign_jws.mjs", &asked)?;
            fs::write(trust.path("signed"), &signed)?;
            let file = |name: &str| trust.path(name).display().to_string();
            let (signed_file, root, list) = (file("signed"), file("root.pem"), file("root.crl"));
            let mut verify =
                vec!["verify", &signed_file, "--anchor", &root, "--crl", &list, "--offline"];
            let beside = document.display().to_string();
            if form == "detached" {
                verify.extend(["--document", &beside]);
            }
            let of_theirs = report(&ward, &verify)?;
            ensure!(of_theirs["verdict"] == "valid", "{algorithm} {form}: {of_theirs}");
            ensure!(of_theirs["format"] == "jws", "{of_theirs}");
            let beside = (form == "detached").then(|| base64(OBSERVATION));
            let case = json!({ "file": base64(signed.as_bytes()), "document": beside });
            said.push((case, of_theirs));
            if form == "compact" {
                let changed = signed.replacen("eyJyZXNvdX", "eyJyZXNvdY", 1);
                ensure!(changed != signed, "{signed}");
                fs::write(trust.path("signed"), &changed)?;
                let case = json!({ "file": base64(changed.as_bytes()) });
                let changed = report(&ward, &verify)?;
                ensure!(changed["reason"] == "Signature is invalid", "{changed}");
                said.push((case, changed));
            }
        }
    }
    one_report::node_agrees(&ward, &trust, &said)
}

/// What `jose` says that was signed, in base64.
pub fn jose(token: &str, payload: Option<String>) -> Result<String> {
    let mut asked: Value = json!({ "jws": token });
    if let Some(payload) = payload {
        asked["payload"] = json!(payload);
    }
    node("verify_jws.mjs", &asked).context("jose refuses it")
}

/// What a script of the outsiders prints.
fn node(script: &str, asked: &Value) -> Result<String> {
    let said = outsiders::node(script, asked.to_string().as_bytes())?;
    Ok(String::from_utf8(said)?.trim().to_owned())
}
