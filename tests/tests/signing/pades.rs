//! PAdES, judged by pyHanko and qpdf; what pyHanko makes, judged by us.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{Dialog, PASSCODE};

use super::{
    cades::{picture, signature},
    outsiders::python,
    trust::Trust,
    ward::{Ward, base64, expect},
    xades::report,
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("pades::a_letter_is_signed_and_signed_again", letters),
    ("pades::what_takes_no_signature_is_refused_without_a_dialog", refused),
    ("pades::what_pyhanko_makes_holds", theirs),
];

fn arguments(key: &str, content: &[u8]) -> Value {
    json!({
        "key": format!("{key:0>16}"), "format": "pades",
        "documents": [{
            "id": "1", "name": "letter.pdf", "mediaType": "application/pdf",
            "content": base64(content),
        }],
    })
}

fn letters() -> Result<()> {
    let mut ward = Ward::usual()?;
    let root = ward.identity.pki("root.crt.pem").display().to_string();
    for name in LETTERS {
        let letter = letter(name)?;
        let mut args = arguments(&format!("{name}-1"), &letter);
        args["commitment"] = json!("proof_of_approval");
        let (id, dialog) = ward.begin("sign", args)?;
        picture(&dialog, "sign-pades")?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        let once = signature(&ward.answer(id)?, 0)?;
        ensure!(once.starts_with(&letter), "octets that were there are others");
        let file = ward.folder.path().join("signed.pdf");
        fs::write(&file, &once)?;
        qpdf(&file)?;
        let found = pyhanko(&["verify", &root], &once)?;
        ensure!(found.as_array().is_some_and(|found| found.len() == 1), "{found}");
        let first = &found[0];
        ensure!(first["bottomLine"] == true && first["coverage"] == "ENTIRE_FILE", "{first}");
        ensure!(first["subFilter"] == "/ETSI.CAdES.detached", "{first}");
        ensure!(first["claimedTime"].is_string(), "{first}");
        // Those of the baseline, and no signing_time.
        ensure!(first["attributes"] == json!(ATTRIBUTES), "{first}");
        let report_of = report(&ward, &["verify", "signed.pdf"])?;
        ensure!(report_of["verdict"] == "valid", "{report_of}");
        ensure!(report_of["covered"] == json!(["document"]), "{report_of}");
        ensure!(report_of["commitment"] == "proofOfApproval", "{report_of}");

        let mut args = arguments(&format!("{name}-2"), &once);
        args["reason"] = json!("Seen on the ward round");
        let twice = signature(&ward.call_with_passcode("sign", args)?, 0)?;
        ensure!(twice.starts_with(&once), "octets that were there are others");
        fs::write(&file, &twice)?;
        qpdf(&file)?;
        let found = pyhanko(&["verify", &root], &twice)?;
        let of = |key: &str| [&found[0][key], &found[1][key]].map(Value::clone);
        ensure!(of("bottomLine") == [json!(true), json!(true)], "{found}");
        ensure!(of("coverage") == [json!("ENTIRE_REVISION"), json!("ENTIRE_FILE")], "{found}");
        let report_of = report(&ward, &["verify", "signed.pdf"])?;
        ensure!(report_of["verdict"] == "valid", "{report_of}");
        ensure!(report_of["earlier"][0]["verdict"] == "valid", "{report_of}");
        ensure!(report_of["earlier"][0]["covered"] == json!(["signedRevision"]), "{report_of}");

        // Changed under the signatures, for both of us.
        let changed = changed(&twice, b"/FT /Sig", b"/FT/Sig ")?;
        let found = pyhanko(&["verify", &root], &changed)?;
        ensure!(found[1]["bottomLine"] == false, "{found}");
        fs::write(&file, &changed)?;
        let report_of = report(&ward, &["verify", "signed.pdf"])?;
        ensure!(report_of["reason"] == "Signature doesn't match document", "{report_of}");
    }
    Ok(())
}

fn refused() -> Result<()> {
    let mut ward = Ward::usual()?;
    let folder = ward.folder.path();
    let encrypted = folder.join("encrypted.pdf");
    let status = Command::new("qpdf")
        .args(["--encrypt", "", "owner", "256", "--", LETTER])
        .arg(&encrypted)
        .status()?;
    ensure!(status.success(), "qpdf encrypts nothing");
    let encrypted = fs::read(encrypted)?;
    let letter = letter(LETTERS[0])?;
    for (key, content, reason) in [
        ("encrypted", &encrypted[..], "encrypted"),
        ("text", b"Rest.", "not a well-formed PDF"),
        ("short", &letter[..letter.len() - 20], "not a well-formed PDF"),
    ] {
        let answer = ward.call("sign", arguments(key, content))?;
        let details = answer["error"]["details"]["reason"].as_str().unwrap_or_default();
        ensure!(details.contains(reason), "{answer}");
        expect(&answer, "document_malformed")?;
        ensure!(!Dialog::is_open(&ward.desktop), "a dialog for what can't be signed");
    }
    let mut packaged = arguments("packaged", &letter);
    packaged["packaging"] = json!("detached");
    expect(&ward.call("sign", packaged)?, "argument_invalid")
}

fn theirs() -> Result<()> {
    let trust = Trust::new("http://127.0.0.1:1/list")?;
    let ward = Ward::usual()?;
    for (name, kind) in [
        ("1_RSA", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
        ("2_EC", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
    ] {
        trust.certify(name, kind, "signer")?;
    }
    let path = |name: &str| trust.path(name).display().to_string();
    let (file, root, list) = (path("signed.pdf"), path("root.pem"), path("root.crl"));
    let verify = |octets: &[u8]| {
        fs::write(&file, octets)?;
        report(&ward, &["verify", &file, "--anchor", &root, "--crl", &list, "--offline"])
    };
    for name in LETTERS {
        let sign = |who: &str, field: &str, document: &[u8]| {
            let (key, certificate) = (path(&format!("{who}.key")), path(&format!("{who}.pem")));
            script(&["sign", &key, &certificate, field], document)
        };
        let once = sign("1_RSA", "First", &letter(name)?)?;
        let found = verify(&once)?;
        ensure!(found["verdict"] == "valid", "{name}: {found}");
        ensure!(found["covered"] == json!(["document"]), "{found}");
        ensure!(found["claimedTime"].is_string() && found["signer"]["userId"] == "1", "{found}");
        let twice = sign("2_EC", "Second", &once)?;
        let found = verify(&twice)?;
        ensure!(found["verdict"] == "valid", "{name}: {found}");
        ensure!(found["signer"]["userId"] == "2", "{found}");
        ensure!(found["earlier"][0]["signer"]["userId"] == "1", "{found}");
        ensure!(found["earlier"][0]["covered"] == json!(["signedRevision"]), "{found}");
        let found = verify(&changed(&once, b"/FT /Sig", b"/FT/Sig ")?)?;
        ensure!(found["reason"] == "Signature doesn't match document", "{found}");
        // As qpdf writes it anew, nothing of the signature is in its place.
        fs::write(&file, &once)?;
        let rewritten = path("rewritten.pdf");
        let status = Command::new("qpdf").args([&file, &rewritten]).status()?;
        ensure!(status.success(), "qpdf rewrites nothing");
        let found = verify(&fs::read(rewritten)?)?;
        ensure!(found["verdict"] == "invalid", "{found}");
    }
    Ok(())
}

fn letter(name: &str) -> Result<Vec<u8>> {
    Ok(fs::read(Path::new(LETTER).with_file_name(name))?)
}

/// With other octets, of the same number, where these stand last.
fn changed(octets: &[u8], from: &[u8], to: &[u8]) -> Result<Vec<u8>> {
    let place = octets.windows(from.len()).rposition(|window| window == from);
    let mut octets = octets.to_vec();
    let place = place.context("nothing to change")?;
    octets[place..place + to.len()].copy_from_slice(to);
    Ok(octets)
}

/// That the file is well-formed.
fn qpdf(file: &Path) -> Result<()> {
    let output = Command::new("qpdf").arg("--check").arg(file).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && !said.contains("WARNING"), "{said}{output:?}");
    Ok(())
}

/// What pyHanko finds, given this input.
pub fn pyhanko(arguments: &[&str], input: &[u8]) -> Result<Value> {
    Ok(serde_json::from_slice(&script(arguments, input)?)?)
}

fn script(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    python("pdf_signatures.py", arguments, input)
}

const ATTRIBUTES: [&str; 4] =
    ["commitment_type", "content_type", "message_digest", "signing_certificate_v2"];

/// The letter with a table of references, and the one with streams of objects and references.
const LETTERS: [&str; 2] = ["letter.pdf", "letter-compact.pdf"];
const LETTER: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/signatures/fixtures/letter.pdf");
