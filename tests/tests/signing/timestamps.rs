//! Signatures of level B-T: with timestamps of an authority that runs beside the test.

use std::fs;

use anyhow::{Result, ensure};
use serde_json::json;
use wardkey_tests::stage::policy;

use super::{
    cades::signature,
    trust::TimestampAuthority,
    ward::{ORIGIN, Ward, base64},
    xades::report,
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[("timestamps::every_format_has_a_proven_time", formats)];

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
        fs::write(ward.folder.path().join("signed"), signature(&answer, 0)?)?;
        let trusting = report(&ward, &["verify", "signed", "--timestamp-anchor", &anchor])?;
        ensure!(trusting["verdict"] == "valid", "{format}: {trusting}");
        ensure!(trusting["provenTime"].is_string(), "{format}: {trusting}");
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
