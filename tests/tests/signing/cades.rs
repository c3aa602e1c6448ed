//! CAdES, judged by OpenSSL.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wardkey_crypto::SignatureAlgorithm;
use wardkey_protocol::Base64;
use wardkey_signatures::eps;
use wardkey_tests::stage::{Dialog, PASSCODE, policy};

use super::ward::{ORIGIN, Ward, base64, expect};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("cades::a_letter_is_shown_and_signed", letter),
    ("cades::a_batch_is_signed_beside_its_documents", batch),
    ("cades::what_can_t_be_shown_needs_its_capability", not_shown),
    ("cades::a_digest_stands_for_its_document", digest),
    ("cades::what_is_not_what_it_says_is_refused_without_a_dialog", malformed),
];

const LETTER: &str = "Dear Dr Whitfield,\n\nMrs Marlowe went home today, in good spirits.\n\
     Bisoprolol 2.5 mg once a day; bloods in a week.\n\nKind regards\nAmira Okafor\n";
const OBSERVATION: &str = r#"{"resourceType":"Observation","status":"final",
    "code":{"text":"Potassium"},"valueQuantity":{"value":4.10,"unit":"mmol/L"},
    "note":[{"text":"Sample \u202ehaemolysed"}]}"#;

fn arguments(key: &str, documents: &[(&str, &str, &[u8])]) -> Value {
    let documents: Vec<Value> = documents
        .iter()
        .enumerate()
        .map(|(number, (name, media_type, content))| {
            json!({
                "id": number.to_string(), "name": name, "mediaType": media_type,
                "content": base64(content),
            })
        })
        .collect();
    json!({
        "key": format!("{key:0>16}"), "format": "cades", "documents": documents,
        "commitment": "proof_of_approval",
    })
}

fn letter() -> Result<()> {
    let mut ward = Ward::usual()?;
    let letter = ("Discharge letter", "text/plain", LETTER.as_bytes());
    let (id, dialog) = ward.begin("sign", arguments("letter", &[letter]))?;
    picture(&dialog, "sign-letter")?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let signed = ward.answer(id)?;
    let signature = signature(&signed, 0)?;
    ensure!(openssl(&ward, &signature, None)? == LETTER.as_bytes(), "another letter");
    // A prescription has its summary, and the whole message below.
    let prescription = ward.prescription("shown")?;
    let (id, dialog) = ward.begin("sign", prescription)?;
    picture(&dialog, "sign-prescription")?;
    dialog.press("Escape")?;
    expect(&ward.answer(id)?, "user_cancelled")
}

fn batch() -> Result<()> {
    let mut ward = Ward::usual()?;
    let policy = policy(&ward.identity, ORIGIN);
    ward.host.write_policy(&format!("{policy}\n[batch]\nhold_passcode = true\n"))?;
    ward.restart_agent()?;
    let documents: [(&str, &str, &[u8]); 3] = [
        ("Letter", "text/plain", LETTER.as_bytes()),
        ("Potassium", "application/fhir+json", OBSERVATION.as_bytes()),
        ("Plan", "text/markdown", b"# Plan\n\n- rest\n- fluids\n"),
    ];
    let mut args = arguments("batch", &documents);
    args["packaging"] = json!("detached");
    let (id, dialog) = ward.begin("sign", args)?;
    picture(&dialog, "sign-batch")?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let signed = ward.answer(id)?;
    for (number, (_, _, content)) in documents.iter().enumerate() {
        let signature = signature(&signed, number)?;
        openssl(&ward, &signature, Some(content))?;
        ensure!(openssl(&ward, &signature, Some(b"another")).is_err(), "over anything");
    }
    let (alone, other) = (signature(&signed, 0)?, documents[1].2);
    ensure!(openssl(&ward, &alone, Some(other)).is_err(), "one stands for another");
    Ok(())
}

fn not_shown() -> Result<()> {
    let mut ward = Ward::usual()?;
    let archive: (&str, &str, &[u8]) = ("Scans", "application/zip", b"PK\x03\x04 and so on");
    let (id, dialog) = ward.begin("sign", arguments("zip", &[archive]))?;
    picture(&dialog, "sign-not-shown")?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let signed = ward.answer(id)?;
    ensure!(openssl(&ward, &signature(&signed, 0)?, None)? == archive.2, "another archive");

    let without = policy(&ward.identity, ORIGIN).replace("\"sign_content_not_shown\", ", "");
    ward.host.write_policy(&without)?;
    ward.restart_agent()?;
    let refused = ward.call("sign", arguments("zip2", &[archive]))?;
    expect(&refused, "capability_not_granted")?;
    // Nor is a PDF shown, whatever it is called.
    let letter: (&str, &str, &[u8]) = ("Letter", "image/png", b"%PDF-1.7 and so on");
    expect(&ward.call("sign", arguments("pdf", &[letter]))?, "capability_not_granted")?;
    // Nor is what stands behind a digest.
    let prepared = service_digest(&ward, "service", SignatureAlgorithm::RsaPkcs1Sha256)?;
    for args in [by_digest(LETTER.as_bytes()), prepared] {
        expect(&ward.call("sign", args)?, "capability_not_granted")?;
        ensure!(!Dialog::is_open(&ward.desktop), "a dialog for what may not be signed");
    }
    let letter = ("Letter", "text/plain", LETTER.as_bytes());
    let signed = ward.call_with_passcode("sign", arguments("short", &[letter]))?;
    signature(&signed, 0).map(drop)
}

fn digest() -> Result<()> {
    let mut ward = Ward::usual()?;
    let mut args = by_digest(LETTER.as_bytes());
    let (id, dialog) = ward.begin("sign", args.clone())?;
    picture(&dialog, "sign-digest")?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let signed = ward.answer(id)?;
    openssl(&ward, &signature(&signed, 0)?, Some(LETTER.as_bytes()))?;
    args["key"] = json!("0000000000shorter");
    args["documents"][0]["digest"] = json!(base64(b"short"));
    expect(&ward.call("sign", args.clone())?, "document_malformed")?;
    args["documents"][0]["content"] = json!(base64(LETTER.as_bytes()));
    expect(&ward.call("sign", args.clone())?, "argument_invalid")?;
    args["documents"][0]["content"].take();
    args["packaging"] = json!("enveloping");
    expect(&ward.call("sign", args)?, "argument_invalid")?;

    // As the service's $prepare gives it.
    let mut prepared = service_digest(&ward, "prepared", SignatureAlgorithm::RsaPkcs1Sha256)?;
    let signed = ward.call_with_passcode("sign", prepared.clone())?;
    let element = String::from_utf8(signature(&signed, 0)?)?;
    let message = eps::embed(PRESCRIPTION, element.as_bytes())?;
    std::fs::write(ward.folder.path().join("signed.xml"), message)?;
    prepared["key"] = json!("00000000anything");
    prepared["documents"][0]["content"] = json!(base64(b"<SignedInfo/>"));
    expect(&ward.call("sign", prepared)?, "document_malformed")?;
    let report = super::xades::report(&ward, &["verify", "signed.xml"])?;
    // The fixture's author and day are others; what was signed is the prescription.
    let passed = |name: &str| {
        let check = report["checks"].as_array()?.iter().find(|check| check["name"] == name)?;
        check["passed"].as_bool()
    };
    ensure!(passed("signature") == Some(true) && passed("content") == Some(true), "{report}");

    // Old services ask for SHA-1, which nothing makes the agent sign with.
    Dialog::wait_closed(&ward.desktop)?;
    let old = service_digest(&ward, "sha1", SignatureAlgorithm::RsaPkcs1Sha1)?;
    let refused = ward.call("sign", old)?;
    let reason = &refused["error"]["details"]["reason"];
    ensure!(reason == "prescriptions are not signed with RsaPkcs1Sha1", "{refused}");
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog for what is not signed");
    expect(&refused, "document_malformed")
}

/// The arguments to sign a document of which the digest alone is given.
fn by_digest(document: &[u8]) -> Value {
    let mut args = arguments("digest", &[("Scan", "application/dicom", b"")]);
    args["documents"][0]["content"].take();
    args["documents"][0]["digest"] = json!(base64(&Sha256::digest(document)));
    args["packaging"] = json!("detached");
    args
}

/// The arguments to sign what the service's `$prepare` gives of a prescription.
fn service_digest(ward: &Ward, key: &str, algorithm: SignatureAlgorithm) -> Result<Value> {
    let mut args = ward.prescription(key)?;
    let made = eps::Prescription::read(PRESCRIPTION)?.prepare(algorithm)?;
    args["format"] = json!("eps_digest");
    args["documents"][0]["content"] = json!(base64(made.to_be_signed()));
    Ok(args)
}

fn malformed() -> Result<()> {
    let mut ward = Ward::usual()?;
    for (key, media_type, content) in [
        ("json", "application/json", &b"{\"a\":"[..]),
        ("text", "text/plain", b"\xff\xfe"),
        ("xml", "application/xml", b"\xff<x/>"),
    ] {
        let refused = ward.call("sign", arguments(key, &[("Thing", media_type, content)]))?;
        expect(&refused, "document_malformed")?;
        ensure!(!Dialog::is_open(&ward.desktop), "a dialog for what can't be signed");
    }
    let mut detached = ward.prescription("detached")?;
    detached["packaging"] = json!("detached");
    expect(&ward.call("sign", detached)?, "argument_invalid")
}

pub fn signature(signed: &Value, number: usize) -> Result<Vec<u8>> {
    let result = &signed["ok"]["results"][number];
    let text = result["signature"].as_str().with_context(|| format!("{signed}"))?;
    Ok(serde_json::from_value::<Base64>(json!(text))?.0)
}

/// What OpenSSL says that was signed: by a person of the demo's authority, under its policy.
pub fn openssl(ward: &Ward, signature: &[u8], content: Option<&[u8]>) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("signature"), signature)?;
    let mut openssl = Command::new("openssl");
    openssl.args(["cms", "-verify", "-cades", "-binary", "-inform", "DER"]);
    openssl.arg("-in").arg(file("signature")).arg("-out").arg(file("out"));
    openssl.arg("-CAfile").arg(ward.identity.pki("root.crt.pem"));
    openssl.args(["-policy_check", "-explicit_policy", "-policy", POLICY]);
    if let Some(content) = content {
        std::fs::write(file("content"), content)?;
        openssl.arg("-content").arg(file("content"));
    }
    let output = openssl.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(std::fs::read(file("out"))?)
}

/// Kept where the variable says, for eyes.
pub fn picture(dialog: &Dialog, name: &str) -> Result<()> {
    let Some(folder) = std::env::var_os("WARDKEY_PICTURES") else { return Ok(()) };
    dialog.screenshot(&PathBuf::from(folder).join(format!("{name}.png")))
}

const PRESCRIPTION: &[u8] =
    include_bytes!("../../../crates/signatures/fixtures/prescription-1.xml");
/// Of the demo's content-commitment certificates.
const POLICY: &str = "1.2.826.0.1275.102.0.3.2.0";
