use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_smartcard::well_known_modules;
use wardkey_tests::{
    figure::{Figure, median},
    stage::{AMIRA, CardStore, Identity, PASSCODE, Ports, Programs, Reader},
};

use super::milliseconds;

/// PIV itself beside OpenSC's PKCS#11 module on the same emulated card, each in the module process
/// that the agent has for it; in turns, so that both meet the same machine.
pub fn measure() -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let programs = Programs::find()?;
    let ports = Ports::choose()?;
    let origin = "http://localhost:8080";
    let identity = Identity::start(&programs, &folder.path().join("identity"), origin, &ports)?;
    let card = CardStore::for_user(&programs, &identity, folder.path(), AMIRA)?;
    let mut reader = Reader::start(&programs, &folder.path().join("reader"), &card)?;
    let is_opensc =
        |path: &PathBuf| path.exists() && path.to_string_lossy().contains("opensc-pkcs11");
    let opensc = well_known_modules().into_iter().find(is_opensc).context("no OpenSC")?;
    let ways = [vec!["--piv".to_owned()], vec![opensc.to_string_lossy().into_owned()]];
    let mut times: [[Vec<f64>; ACTS.len()]; 2] = Default::default();
    for _ in 0..RUNS {
        for (way, times) in ways.iter().zip(&mut times) {
            for (list, took) in times.iter_mut().zip(run(&programs, way, &mut reader)?) {
                list.push(took);
            }
        }
    }
    let [piv, module] = times;
    let figures = ACTS.into_iter().zip(piv.into_iter().zip(module)).map(|(act, (piv, module))| {
        Figure::new("agent", &format!("PIV itself: {act}"), "ms", median(piv))
            .beside("OpenSC's PKCS#11", median(module))
            .at_most_times(1.0)
    });
    Ok(figures.collect())
}

/// Milliseconds of each act.
fn run(programs: &Programs, way: &[String], reader: &mut Reader) -> Result<[f64; ACTS.len()]> {
    let begun = Instant::now();
    let mut process = Way::start(programs, way, reader)?;
    let token = process.token()?;
    let first = milliseconds(begun.elapsed());
    let begun = Instant::now();
    process.token()?;
    let second = milliseconds(begun.elapsed());
    let mut signatures = [0.0; 2];
    for (took, uses) in signatures.iter_mut().zip(["login", "content_commitment"]) {
        let begun = Instant::now();
        process.sign(&token, uses)?;
        *took = milliseconds(begun.elapsed());
    }
    reader.remove()?;
    reader.insert()?;
    let begun = Instant::now();
    process.token()?;
    let back = milliseconds(begun.elapsed());
    let [login, content] = signatures;
    Ok([first, second, back, login, content])
}

/// A module process, spoken to as the agent does.
struct Way {
    process: Child,
    orders: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl Way {
    fn start(programs: &Programs, way: &[String], reader: &Reader) -> Result<Self> {
        let mut process = Command::new(&programs.host)
            .arg("module")
            .args(way)
            .env("PCSCLITE_CSOCK_NAME", reader.socket())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = process.stdin.take().context("no input")?;
        let replies = BufReader::new(process.stdout.take().context("no output")?);
        Ok(Self { process, orders, replies })
    }

    fn token(&mut self) -> Result<Value> {
        let reply = self.ask(&json!("tokens"))?;
        let token = reply["tokens"][0].clone();
        ensure!(token["certificates"].as_array().map(Vec::len) == Some(2), "{reply}");
        Ok(token)
    }

    fn sign(&mut self, token: &Value, uses: &str) -> Result<()> {
        let held = token["certificates"].as_array().into_iter().flatten();
        let held = held.into_iter().find(|held| held["uses"][uses] == true).context("no key")?;
        let order = json!({"sign": {
            "token": token["id"],
            "key": held["key"],
            "mechanism": "rsa_pkcs1_sha256",
            "digests": ["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="],
            "passcode": PASSCODE,
            "hold_passcode": true,
        }});
        let made = self.ask(&order)?;
        ensure!(made["made"][0].is_string(), "{made}");
        let goes_on = json!(true);
        let signed = self.ask(&goes_on)?;
        ensure!(signed["signed"][0] == "made", "{signed}");
        Ok(())
    }

    fn ask(&mut self, order: &Value) -> Result<Value> {
        writeln!(self.orders, "{order}")?;
        self.orders.flush()?;
        let mut reply = String::new();
        self.replies.read_line(&mut reply)?;
        Ok(serde_json::from_str(&reply)?)
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const ACTS: [&str; 5] = [
    "certificates, first, from the process's start",
    "certificates, second time",
    "certificates of a card that came back",
    "a signature by the login key",
    "a signature by the content key",
];
const RUNS: usize = 7;
