//! Prescriptions: what is signed now, by its author, holds; and no longer once the authority between
//! signer and anchor is revoked, or once nobody says any more that it is not.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_pki::UnixTime;
use wardkey_signatures::eps;
use wardkey_tests::stage::TOM;

use super::{
    cades::signature,
    ward::{Plan, Ward, base64, expect},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] =
    &[("eps::below_a_revoked_authority_nothing_is_signed_and_nothing_holds", revoked_authority)];

/// A synthetic prescription of so many seconds from now; its author is Tom.
pub fn dated(ahead: u64) -> Result<String> {
    let file = "../crates/signatures/fixtures/prescription-1.xml";
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
    #[allow(clippy::disallowed_methods, reason = "the certificates are of the present")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let time = UnixTime::from_seconds(now + ahead).to_string();
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    let dated = text.replace("20261123093000", &digits);
    ensure!(dated != text && dated.contains(TOM.uid), "another prescription");
    Ok(dated)
}

fn revoked_authority() -> Result<()> {
    let mut ward = Ward::planned(&Plan { user: TOM, ..Plan::default() })?;
    // Later than the revocation, which counts from its moment on, and as far as clocks may differ.
    let prescription = dated(240)?;
    let arguments = |key: &str| {
        json!({"key": format!("{key:0>16}"), "format": "eps", "documents": [{
            "id": "1", "name": "Prescription", "mediaType": "application/xml",
            "content": base64(prescription.as_bytes()),
        }]})
    };
    let signed = ward.call_with_passcode("sign", arguments("right"))?;
    let embedded = eps::embed(prescription.as_bytes(), &signature(&signed, 0)?)?;
    fs::write(ward.folder.path().join("signed.xml"), embedded)?;
    let report = verify(&ward)?;
    ensure!(report["verdict"] == "valid", "{report:#}");

    ward.identity.revoke(&ward.identity.pki("content-ca.crt.pem"))?;
    let report = verify(&ward)?;
    ensure!(report["verdict"] == "invalid", "{report:#}");
    ensure!(report["reason"] == "CA certificate is revoked", "{report:#}");
    let of = |report: &Value, at: usize| report["path"][at]["revocation"]["revoked"].clone();
    ensure!([of(&report, 0), of(&report, 1)] == [json!(false), json!(true)], "{report:#}");
    // An agent that knew a list of before would believe it for a while.
    ward.host.kill_agent();
    fs::remove_dir_all(ward.host.folder().join("revocation")).ok();
    ward.restart_agent()?;
    expect(&ward.call("sign", arguments("revoked"))?, "certificate_revoked")?;

    ward.identity.stop();
    let report = verify(&ward)?;
    ensure!(report["verdict"] == "indeterminate", "{report:#}");
    ensure!(report["reason"] == "Revocation is unknown", "{report:#}");
    Ok(())
}

/// The report of a program that knows no list yet.
fn verify(ward: &Ward) -> Result<Value> {
    let empty = tempfile::tempdir()?;
    let mut host = Command::new(&ward.programs.host);
    host.args(["verify", "signed.xml", "--json", "--policy", "1.2.826.0.1275.102.0.3.2.0"]);
    host.arg("--anchor").arg(ward.identity.pki("root.crt.pem"));
    host.arg("--authority").arg(ward.identity.pki("content-ca.crt.pem"));
    host.current_dir(ward.folder.path()).env("WARDKEY_INSTANCE", empty.path());
    let output = host.output()?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).context(errors)
}
