//! Verification in a page's engine beside `xml-crypto` (npm), on the same files, in turn: ours with
//! the signer's path and revocation, the peer's by the key alone.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use wardkey_tests::{
    figure::{Figure, median},
    stage::Programs,
};

use super::{CERTIFICATE, SITE, Sample, Samples};

pub fn measure(samples: &Samples) -> Result<Vec<Figure>> {
    samples.documents.iter().map(|sample| beside_xml_crypto(samples, sample)).collect()
}

fn beside_xml_crypto(samples: &Samples, sample: &Sample) -> Result<Figure> {
    let outsiders = Path::new(env!("CARGO_MANIFEST_DIR")).join("outsiders/node");
    ensure!(outsiders.join("node_modules").exists(), "xml-crypto is missing: use `cargo xtask`");
    let rounds = (sample.rounds / ROUNDS_BY).max(FEWEST);
    let mut node = Command::new("node");
    node.arg(outsiders.join("xml_crypto.mjs")).arg(Programs::find()?.sdk.join("dist"));
    node.arg(samples.path(sample.name)).arg(samples.path(CERTIFICATE));
    node.arg(samples.path(SITE).join("pki")).arg(rounds.to_string());
    let output = node.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let times: Value = serde_json::from_slice(&output.stdout)?;
    let list = |name: &str| -> Result<f64> {
        let times = times[name].as_array().context("no times")?;
        Ok(median(times.iter().filter_map(Value::as_f64).collect()))
    };
    let (ours, peer) = (list("ours")?, list("peer")?);
    let name = format!("XML verifications in WASM, {}", sample.name);
    Ok(Figure::new("signing", &name, "/s", 1000.0 / ours)
        .beside("xml-crypto", 1000.0 / peer)
        .at_least_times(TIMES))
}

const FEWEST: u32 = 9;
const ROUNDS_BY: u32 = 5;
const TIMES: f64 = 5.0;
