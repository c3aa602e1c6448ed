use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use anyhow::{Result, ensure};
use serde_json::Value;
use wardkey_tests::stage::Reader;

use crate::ward::Ward;

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[("doctor::it_finds_what_is_missing", examines)];

fn examines() -> Result<()> {
    let mut ward = Ward::usual()?;
    let well = ["agent", "card", "modules", "policy", "reader_service", "readers", "server"];
    let found = examine(&ward, &[])?;
    ensure!(well.iter().all(|code| found.get(*code) == Some(&true)), "{found:?}");
    // No browser's folder has a manifest of this instance's host.
    ensure!(found.get("manifests") == Some(&false), "{found:?}");

    ward.reader.remove()?;
    ensure!(examine(&ward, &[])?.get("card") == Some(&false), "a card that is not there");
    let none = Reader::none(&ward.programs, &ward.folder.path().join("none"))?;
    let socket = ("PCSCLITE_CSOCK_NAME", none.socket().to_owned());
    let found = examine(&ward, &[socket])?;
    ensure!(found.get("readers") == Some(&false) && found["reader_service"], "{found:?}");
    let nothing = ("PCSCLITE_CSOCK_NAME", ward.folder.path().join("nothing.comm"));
    ensure!(examine(&ward, &[nothing])?.get("reader_service") == Some(&false));
    ward.identity.stop();
    ensure!(examine(&ward, &[])?.get("server") == Some(&false), "a server that is down");
    fs::write(ward.host.folder().join("policy.toml"), "no policy")?;
    ensure!(examine(&ward, &[])?.get("policy") == Some(&false), "a policy that can't be read");
    Ok(())
}

/// The codes of the doctor's findings, each with whether it is good; every problem has a remedy.
fn examine(ward: &Ward, more: &[(&str, PathBuf)]) -> Result<BTreeMap<String, bool>> {
    let mut command = Command::new(&ward.programs.host);
    command.args(["doctor", "--json"]).envs(ward.environment()).envs(more.iter().cloned());
    let output = command.output()?;
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    let mut codes = BTreeMap::new();
    for finding in &findings {
        let good = finding["good"] == true;
        let text = |field: &str| finding[field].as_str().unwrap_or_default().to_owned();
        ensure!(!text("found").is_empty() && good == text("remedy").is_empty(), "{finding}");
        codes.insert(text("code"), good);
    }
    let all_good = codes.values().all(|good| *good);
    ensure!(output.status.success() == all_good, "the exit status does not tell: {codes:?}");
    Ok(codes)
}
