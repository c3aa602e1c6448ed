use std::{process::Command, time::Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use wardkey_tests::{
    figure::{Figure, median},
    stage::{
        AMIRA, CardStore, Desktop, Dialog, Host, Identity, PASSCODE, Ports, Programs, Reader,
        Relay, peak,
    },
};

/// A document of 100 MB, signed beside it (CAdES, detached): time and the agent's memory.
pub fn measure() -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let programs = Programs::find()?;
    let desktop = Desktop::start(false)?;
    let ports = Ports::choose()?;
    let identity = Identity::start(&programs, &folder.path().join("identity"), ORIGIN, &ports)?;
    let card = CardStore::for_user(&programs, &identity, folder.path(), AMIRA)?;
    let reader = Reader::start(&programs, &folder.path().join("reader"), &card)?;
    let host = Host::set_up(&folder.path().join("host"), &identity, ORIGIN)?;
    let environment = [
        ("WARDKEY_INSTANCE", host.folder().to_owned()),
        ("PCSCLITE_CSOCK_NAME", reader.socket().to_owned()),
        ("DISPLAY", desktop.display().into()),
    ];
    let document = vec![0x5a; LARGE];
    let file = folder.path().join("document");
    std::fs::write(&file, &document)?;
    let (mut times, mut memory, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..RUNS {
        host.kill_agent();
        let mut relay = Relay::start(&programs, &environment)?;
        relay.open(PORT, ORIGIN)?;
        relay.call(PORT, "status", json!({}))?;
        let agent = host.agent().context("no agent")?.as_raw_nonzero().get().unsigned_abs();
        let before = peak(agent)?;
        let id = relay.begin(
            PORT,
            "sign",
            json!({
                "key": format!("{run:0>16}"), "format": "cades", "packaging": "detached",
                "documents": [{
                    "id": "1", "name": "Scan", "mediaType": "application/dicom", "size": LARGE,
                }],
            }),
        )?;
        let begun = Instant::now();
        relay.transfer(PORT, id, &[("1", &document)])?;
        let dialog = Dialog::wait(&desktop)?;
        times.push(begun.elapsed().as_secs_f64());
        dialog.wait_for_passcode_field()?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        let answer = relay.answer(PORT, id)?;
        ensure!(answer["ok"]["results"][0]["signature"].is_string(), "{answer}");
        memory.push(peak(agent)? - before);
        let begun = Instant::now();
        let output = Command::new("openssl").args(["dgst", "-sha256"]).arg(&file).output()?;
        ensure!(output.status.success());
        floor.push(begun.elapsed().as_secs_f64());
    }
    Ok(vec![
        Figure::new("signing", "100 MB to the agent in chunks, and its dialog", "s", median(times))
            .beside("openssl dgst of the file", median(floor)),
        Figure::new("signing", "agent's peak above rest, 100 MB", "MB", median(memory))
            .beside("the document itself", 100.0)
            .at_most_times(0.3),
    ])
}

const ORIGIN: &str = "http://localhost:8080";
const PORT: u32 = 1;
const LARGE: usize = 100 * 1024 * 1024;
const RUNS: usize = 3;
