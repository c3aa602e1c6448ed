//! Large documents in a real browser: page, SDK, extension, relay, agent and back.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use wardkey_protocol::Base64;

use super::page::Played;
use crate::InBoth;
use wardkey_tests::stage::{Engine, Options, policy};

/// In Chromium and in Firefox.
pub const IN_BOTH: &[(&str, InBoth)] = &[
    ("large::a_hundred_megabytes_from_a_page", a_hundred_megabytes),
    ("large::two_hundred_and_fifty_documents_from_a_page", many),
    ("large::a_page_gives_up_in_the_middle", given_up),
];

/// Of what stays beside its signature; what comes back within it is smaller, for its browser's sake.
fn a_hundred_megabytes(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    for (packaging, megabytes) in [("detached", 100), ("enveloping", 20)] {
        let size = megabytes * 1024 * 1024;
        let documents = format!(
            "[{{ id: '1', name: 'Scan', mediaType: 'application/dicom', \
             content: new Blob([scan({size})]) }}]"
        );
        begin(&ward, &documents, packaging)?;
        // The window opens when the agent has it all.
        ward.wait_within(&format!("window.progress?.sent === {size}"), LONGEST)?;
        ward.passcode()?;
        let outcome = ended(&ward)?;
        ensure!(ward.script("return window.progress.total;")? == size);
        let scan = scan(size);
        let content = (packaging == "detached").then_some(scan.as_slice());
        let signed = openssl(&ward, &outcome["signatures"][0], content)?;
        ensure!(signed == scan, "another scan");
    }
    Ok(())
}

fn many(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    let host = &ward.stage.host;
    let text = policy(&ward.stage.identity, ward.stage.app.url().trim_end_matches('/'));
    host.write_policy(&format!("{text}\n[batch]\nhold_passcode = true\n"))?;
    host.kill_agent();
    let documents = "Array.from({ length: 250 }, (_, id) => ({ id: String(id), \
        name: `Scan ${id}`, mediaType: 'application/dicom', content: scan(100_000 + id) }))";
    begin(&ward, documents, "enveloping")?;
    ward.passcode()?;
    let outcome = ended(&ward)?;
    ensure!(outcome["signatures"].as_array().map(Vec::len) == Some(250), "{outcome}");
    for number in [0, 5, 249] {
        let signed = openssl(&ward, &outcome["signatures"][number], None)?;
        ensure!(signed == scan(100_000 + number), "another scan");
    }
    Ok(())
}

fn given_up(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    let documents = "[{ id: '1', name: 'Scan', mediaType: 'application/dicom', \
        content: new Blob([scan(100 * 1024 * 1024)]) }]";
    ward.script("window.giveUpAfter = 5 * 1024 * 1024;")?;
    begin(&ward, documents, "detached")?;
    let outcome = ended(&ward)?;
    ensure!(outcome["error"] == "cancelled", "{outcome}");
    // The next one is signed as if nothing had been.
    ward.script("window.giveUpAfter = Infinity;")?;
    begin(&ward, &documents.replace("100 *", "1 *"), "detached")?;
    ward.passcode()?;
    let outcome = ended(&ward)?;
    openssl(&ward, &outcome["signatures"][0], Some(&scan(1024 * 1024))).map(drop)
}

/// The user clicks, and the page has these documents signed.
fn begin(ward: &Played, documents: &str, packaging: &str) -> Result<()> {
    let script = SIGN.replace("DOCUMENTS", documents).replace("PACKAGING", packaging);
    ward.script(&script)?;
    ward.click("#sign-large")
}

fn ended(ward: &Played) -> Result<Value> {
    ward.wait_within("window.outcome !== undefined", LONGEST)?;
    ward.script("return window.outcome;")
}

/// The octets that the page's `scan` gives.
fn scan(size: usize) -> Vec<u8> {
    (0..size).map(|place| ((place * 7 + (place >> 8)) & 0xff) as u8).collect()
}

fn openssl(ward: &Played, signature: &Value, content: Option<&[u8]>) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name);
    let signature = Base64::decode(signature.as_str().context("no signature")?);
    std::fs::write(file("signature"), signature.context("not base64")?.0)?;
    let mut openssl = Command::new("openssl");
    openssl.args(["cms", "-verify", "-cades", "-binary", "-inform", "DER"]);
    openssl.arg("-in").arg(file("signature")).arg("-out").arg(file("out"));
    openssl.arg("-CAfile").arg(ward.stage.identity.pki("root.crt.pem"));
    if let Some(content) = content {
        std::fs::write(file("content"), content)?;
        openssl.arg("-content").arg(file("content"));
    }
    let output = openssl.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(std::fs::read(file("out"))?)
}

const LONGEST: Duration = Duration::from_secs(120);
/// Runs in the page: a button that has documents signed, and keeps the outcome.
const SIGN: &str = r##"
  const { connect } = await import("/sdk/dist/index.js");
  const wardkey = await connect();
  const scan = (size) => {
    const octets = new Uint8Array(size);
    for (let place = 0; place < size; place += 1) octets[place] = (place * 7 + (place >> 8)) & 0xff;
    return octets;
  };
  const text = (octets) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.readAsDataURL(new Blob([octets]));
  });
  const documents = DOCUMENTS;
  document.querySelector("#sign-large")?.remove();
  window.outcome = window.progress = undefined;
  const button = document.createElement("button");
  button.id = "sign-large";
  button.textContent = "Sign";
  button.style.cssText = "position: fixed; top: 0; left: 0; z-index: 9999";
  button.onclick = async () => {
    const giveUp = new AbortController();
    try {
      const { results } = await wardkey.sign(
        { format: "cades", packaging: "PACKAGING", documents },
        {
          signal: giveUp.signal,
          onTransfer: (news) => {
            window.progress = news;
            if (news.sent > (window.giveUpAfter ?? Infinity)) giveUp.abort();
          },
        });
      const signatures = [];
      for (const { signature, error } of results) {
        if (error) throw error;
        signatures.push(await text(signature));
      }
      window.outcome = { signatures };
    } catch (error) {
      window.outcome = { error: error.code ?? String(error) };
    } finally {
      wardkey.close();
    }
  };
  document.body.append(button);
"##;
