//! Signatures of level B-T: with timestamps of an authority that runs beside the test.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::policy;

use super::{
    cades::signature,
    outsiders::python,
    trust::{TimestampAuthority, Trust, stamping},
    ward::{ORIGIN, Ward, base64, expect},
    xades::report,
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("timestamps::every_format_has_a_proven_time", formats),
    ("timestamps::an_authority_that_says_nothing_is_asked_once_a_batch", silent),
];

const LETTER: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/signatures/fixtures/letter.pdf");
const NOTE: &str = "<note>Rest, and drink plenty.</note>";

fn formats() -> Result<()> {
    let mut ward = Ward::usual()?;
    let mut authority = TimestampAuthority::start()?;
    let anchor = authority.trust.path("root.pem").display().to_string();
    ward.host.write_policy(&authority.named_in(&policy(&ward.identity, ORIGIN))?)?;
    ward.restart_agent()?;
    let letter = fs::read(LETTER)?;
    let arguments = |key: &str, format: &str| {
        let (media_type, content) = match format {
            "pades" => ("application/pdf", &letter[..]),
            _ => ("text/xml", NOTE.as_bytes()),
        };
        json!({
            "key": format!("{key:0>16}"), "format": format, "timestamp": true,
            "documents": [{
                "id": "1", "name": "Note", "mediaType": media_type, "content": base64(content),
            }],
        })
    };
    for format in ["cades", "jades", "pades", "xades"] {
        let answer = ward.call_with_passcode("sign", arguments(format, format))?;
        let signed = signature(&answer, 0)?;
        fs::write(ward.folder.path().join("signed"), &signed)?;
        let trusting = report(&ward, &["verify", "signed", "--timestamp-anchor", &anchor])?;
        ensure!(trusting["verdict"] == "valid", "{format}: {trusting}");
        let time = stamped(&signed, Path::new(&anchor)).context(format)?;
        ensure!(trusting["provenTime"] == time, "{format}: {time}, {trusting}");
        // The policy names the same authority.
        let plain = report(&ward, &["verify", "signed"])?;
        ensure!(plain["provenTime"] == trusting["provenTime"], "{plain}");
        ensure!(plain["verdict"] == "valid", "{plain}");
    }
    authority.stop();
    let answer = ward.call_with_passcode("sign", arguments("nobody", "cades"))?;
    ensure!(answer["error"]["code"] == "timestamp_unavailable", "{answer}");
    Ok(())
}

fn silent() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/stamp", listener.local_addr()?);
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            open.push(stream);
        }
    });
    let trust = Trust::new("http://127.0.0.1:1/list")?;
    let mut ward = Ward::usual()?;
    let policy = stamping(&policy(&ward.identity, ORIGIN), &url, &trust)?;
    ward.host.write_policy(&format!("{policy}\n[batch]\nhold_passcode = true\n"))?;
    ward.restart_agent()?;
    let note = |number: u32| {
        json!({
            "id": number.to_string(), "name": "Note", "mediaType": "text/xml",
            "content": base64(NOTE.as_bytes()),
        })
    };
    let documents: Vec<Value> = (0..5).map(note).collect();
    let args = json!({
        "key": "0000000000silent", "format": "cades", "timestamp": true, "documents": documents,
    });
    let answer = ward.call_with_passcode("sign", args)?;
    expect(&answer, "timestamp_unavailable")?;
    let asked = asked.load(Ordering::SeqCst);
    ensure!(asked == 1, "it was asked {asked} times");
    Ok(())
}

/// The time of a signature's timestamp, when it holds over that signature: what it has to be over is
/// taken out by libraries of others, the rest said by OpenSSL, which refuses it over anything else.
pub fn stamped(signed: &[u8], anchor: &Path) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let time = taken_out(signed, folder.path())?;
    let octets = fs::read(folder.path().join("octets"))?;
    openssl_ts(folder.path(), anchor)?;
    let altered = |place: usize| {
        let mut altered = octets.clone();
        altered[place] ^= 1;
        altered
    };
    for wrong in [altered(0), altered(octets.len() - 1), octets[1..].to_vec()] {
        fs::write(folder.path().join("octets"), wrong)?;
        ensure!(openssl_ts(folder.path(), anchor).is_err(), "over anything");
    }
    Ok(time)
}

/// Puts `token` and `octets` into the folder.
fn taken_out(signed: &[u8], folder: &Path) -> Result<String> {
    let said = python("timestamp_tokens.py", &[folder], signed)?;
    Ok(String::from_utf8(said)?.trim().to_owned())
}

fn openssl_ts(folder: &Path, anchor: &Path) -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl.args(["ts", "-verify", "-data", "octets", "-in", "token", "-token_in", "-CAfile"]);
    let output = openssl.arg(anchor).current_dir(folder).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let holds = output.status.success() && said.contains("Verification: OK");
    ensure!(holds, "{said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
