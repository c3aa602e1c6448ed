//! 250 signatures of prescriptions through the agent beside a bare loop over PKCS#11, on the same
//! token, in turn.

use std::{fs, path::PathBuf, process::Command, thread, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_crypto::SignatureAlgorithm;
use wardkey_protocol::Base64;
use wardkey_signatures::eps::Prescription;
use wardkey_tests::{
    figure::Figure,
    stage::{
        AMIRA, CardStore, Desktop, Dialog, Host, Identity, PASSCODE, Ports, Programs, Reader,
        Relay, SoftToken, policy,
    },
};

pub fn measure() -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let programs = Programs::find()?;
    let desktop = Desktop::start(false)?;
    let ports = Ports::choose()?;
    let identity = Identity::start(&programs, &folder.path().join("identity"), ORIGIN, &ports)?;
    let token = SoftToken::for_user(&identity, &folder.path().join("soft"), AMIRA)?;
    let card = CardStore::for_user(&programs, &identity, folder.path(), AMIRA)?;
    let mut reader = Reader::start(&programs, &folder.path().join("reader"), &card)?;
    // The token is the only one.
    reader.remove()?;
    let host = Host::set_up(&folder.path().join("host"), &identity, ORIGIN)?;
    let modules = format!("\n[cards]\nmodules = [\"{}\"]\n", SoftToken::MODULE);
    host.write_policy(&format!("{}{modules}", policy(&identity, ORIGIN)))?;
    let environment: [(&str, PathBuf); 4] = [
        ("WARDKEY_INSTANCE", host.folder().to_owned()),
        ("PCSCLITE_CSOCK_NAME", reader.socket().to_owned()),
        ("DISPLAY", desktop.display().into()),
        ("SOFTHSM2_CONF", token.configuration().to_owned()),
    ];
    let mut relay = Relay::start(&programs, &environment)?;
    relay.open(PORT, ORIGIN)?;

    let signed_info = signed_info()?;
    let (mut through_agent, mut alone) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        // Ten dialogs in ten seconds are as many as a site may open.
        thread::sleep(APART);
        through_agent.push(sign(&mut relay, &desktop, run, &signed_info)?);
        alone.push(bare(&token)?);
    }
    let name = format!("{DOCUMENTS} EPS signatures through the agent");
    let floor = "a bare PKCS#11 loop";
    let figure = Figure::in_turn("signing", &name, "ms", through_agent, floor, alone);
    Ok(vec![figure.at_most_times(1.1)])
}

/// What the card signs of a prescription, as the EPS service gives it.
fn signed_info() -> Result<Vec<u8>> {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/signatures/fixtures/prescription-1.xml");
    let prescription = Prescription::read(&fs::read(file)?)?;
    let prepared = prescription.prepare(SignatureAlgorithm::RsaPkcs1Sha256)?;
    Ok(prepared.to_be_signed().to_vec())
}

/// Milliseconds from the passcode's arrival at the agent to the answer.
fn sign(relay: &mut Relay, desktop: &Desktop, run: usize, signed_info: &[u8]) -> Result<f64> {
    let content = Base64(signed_info.to_vec()).encode();
    let documents: Vec<Value> = (0..DOCUMENTS)
        .map(|number| {
            json!({
                "id": number.to_string(), "name": format!("Prescription {number}"),
                "mediaType": "application/xml", "content": content,
            })
        })
        .collect();
    let key = format!("bench-of-a-batch-{run:03}");
    let arguments = json!({"key": key, "format": "eps_digest", "documents": documents});
    let id = relay.begin(PORT, "sign", arguments)?;
    let dialog = Dialog::wait(desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    // Before the first signature the agent says that none is made. What comes first has a time of
    // its own: whoever types is not always back by then.
    let none = |frame: &Value| frame["message"]["frame"]["progress"]["done"] == 0;
    let (begun, _) = relay.wait_at(none)?;
    let ended = |frame: &Value| {
        let frame = &frame["message"]["frame"];
        frame["id"] == id && (frame.get("ok").is_some() || frame.get("error").is_some())
    };
    let (at, answer) = relay.wait_at(ended)?;
    let took = at.duration_since(begun).as_secs_f64() * 1000.0;
    let results = answer["message"]["frame"]["ok"]["results"]
        .as_array()
        .with_context(|| answer.to_string())?;
    let all = results.len() == DOCUMENTS && results.iter().all(|one| one["signature"].is_string());
    ensure!(all, "not all are signed: {answer}");
    Ok(took)
}

/// Milliseconds of the bare loop, in a process of its own as the agent's module is.
fn bare(token: &SoftToken) -> Result<f64> {
    let program = std::env::current_exe()?.with_file_name("pkcs11-loop");
    let mut program = Command::new(program);
    program.arg(SoftToken::MODULE).arg(PASSCODE).arg(DOCUMENTS.to_string());
    let output = program.env("SOFTHSM2_CONF", token.configuration()).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)?.trim().parse().context("no figure")
}

const APART: Duration = Duration::from_millis(400);
const DOCUMENTS: usize = 250;
const ORIGIN: &str = "http://localhost:8080";
const PORT: u32 = 1;
const RUNS: usize = 31;
