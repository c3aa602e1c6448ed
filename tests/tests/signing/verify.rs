//! `wardkey-host verify`, as people and scripts call it.

use std::{fs, path::Path, process::Command};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use wardkey_pki::UnixTime;
use wardkey_tests::stage::Programs;

use super::{
    cades::signature,
    ward::{Ward, base64},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("verify::what_the_agent_signs_holds_by_its_own_policy", signed),
    ("verify::files_hold_with_the_lists_and_answers_that_are_given", prescription),
];

const TEXT: &[u8] = b"Rest, and drink plenty.";

/// The exit status, and what was printed.
struct Said {
    good: bool,
    text: String,
    errors: String,
}

fn signed() -> Result<()> {
    let mut ward = Ward::usual()?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("text"), TEXT)?;
    fs::write(folder.path().join("other"), b"Get up.")?;
    for (format, commitment) in [("cades", "proof_of_approval"), ("jades", "proof_of_origin")] {
        let answer = ward.call_with_passcode(
            "sign",
            json!({
                "key": format!("{format:0>16}"), "format": format, "packaging": "detached",
                "commitment": commitment,
                "documents": [{
                    "id": "1", "name": "Note", "mediaType": "text/plain", "content": base64(TEXT),
                }],
            }),
        )?;
        fs::write(folder.path().join(format), signature(&answer, 0)?)?;
        let verify = |arguments: &[&str]| {
            let mut host = Command::new(&ward.programs.host);
            host.arg("verify").args(arguments).current_dir(folder.path());
            run(host.env("WARDKEY_INSTANCE", ward.host.folder()))
        };
        let said = verify(&[format, "--document", "text"])?;
        ensure!(said.good && said.text.starts_with("valid\n"), "{}{}", said.text, said.errors);
        ensure!(said.text.contains("555000000101_Amira_Okafor"), "{}", said.text);
        let report = verify(&[format, "--document", "text", "--json"])?;
        let report: Value = serde_json::from_str(&report.text)?;
        ensure!(report["verdict"] == "valid" && report["crlAgeSeconds"].is_u64(), "{report}");
        ensure!(report["covered"] == json!(["document"]), "{report}");
        let commitment = commitment.replace("_a", "A").replace("_o", "O");
        ensure!(report["commitment"] == commitment, "{report}");

        let other = verify(&[format, "--document", "other"])?;
        ensure!(!other.good && other.text.starts_with("NOT VALID: Signature"), "{}", other.text);
        let missing = verify(&[format])?;
        ensure!(missing.text.starts_with("NOT VALID: Document is missing"), "{}", missing.text);
        let offline = verify(&[format, "--document", "text", "--offline"])?;
        ensure!(!offline.good && offline.text.starts_with("UNKNOWN"), "{}", offline.text);
        let policy = verify(&[format, "--document", "text", "--policy", "1.2.3"])?;
        ensure!(!policy.good && policy.text.contains("policy"), "{}", policy.text);
    }
    let nothing = Command::new(&ward.programs.host).args(["verify", "/dev/null"]).output()?;
    ensure!(!nothing.status.success(), "nothing is valid");
    Ok(())
}

fn prescription() -> Result<()> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk-wasm/npm/test/fixtures");
    let empty = tempfile::tempdir()?;
    let host = Programs::find()?.host;
    let verify = |arguments: &str| {
        let mut host = Command::new(&host);
        host.arg("verify").args(arguments.split(' ')).current_dir(&fixtures);
        run(host.env("WARDKEY_INSTANCE", empty.path()))
    };
    let right = "prescription.xml --anchor root.pem --crl root.crl --offline";
    let said = verify(right)?;
    ensure!(said.good, "{}{}", said.text, said.errors);
    ensure!(said.text.contains("covers       time, prescriptionId, prescriber"), "{}", said.text);
    let time = fs::read_to_string(fixtures.join("nurse.ocsp-time"))?;
    let time = UnixTime::from_seconds(time.parse::<u64>()? + 60);
    let by_answer = "note.p7m --anchor root.pem --ocsp nurse.ocsp --offline --time";
    let said = verify(&format!("{by_answer} {time}"))?;
    ensure!(said.good && said.text.contains("not revoked by ocsp"), "{}{}", said.text, said.errors);
    let without = verify("prescription.xml --anchor root.pem --offline")?;
    ensure!(!without.good && without.text.starts_with("UNKNOWN"), "{}", without.text);
    let nobody = verify("prescription.xml")?;
    ensure!(!nobody.good && nobody.errors.contains("nobody is trusted"), "{}", nobody.errors);
    let text = verify("note.txt --anchor root.pem --offline")?;
    ensure!(text.errors.contains("Not a signature of a kind"), "{}", text.errors);
    let missing = verify("no-such-file --anchor root.pem")?;
    ensure!(missing.errors.contains("no-such-file"), "{}", missing.errors);
    Ok(())
}

fn run(command: &mut Command) -> Result<Said> {
    let output = command.output()?;
    Ok(Said {
        good: output.status.success(),
        text: String::from_utf8(output.stdout)?,
        errors: String::from_utf8(output.stderr)?,
    })
}
