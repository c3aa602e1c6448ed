use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use serde_json::json;
use wardkey_tests::{
    figure::{Figure, median},
    stage::{
        AMIRA, CardStore, Desktop, Dialog, Host, Identity, PASSCODE, Ports, Programs, Reader,
        Relay, built, policy,
    },
};

/// From the smartcard service's event to pages in two browsers, and from a card that is put back to
/// its session.
///
/// # Errors
///
/// What the stage says.
pub fn measure() -> Result<Vec<Figure>> {
    let mut desk = Desk::set_up()?;
    let (mut heard, mut shown, mut resumed) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round == 0 {
            desk.sign_in_everywhere()?;
        }
        desk.reader.pull()?;
        let service = desk.watch.wait_for("out")?;
        for (relay, ports) in desk.relays.iter_mut().zip(PORTS) {
            for port in ports {
                let (at, _) =
                    relay.events_until(*port, "session_locked")?.pop().context("no event")?;
                // Both threads of ours are woken at once; the page's may be first.
                heard.push(milliseconds(at.saturating_duration_since(service)));
            }
        }
        desk.reader.insert()?;
        let service = desk.watch.wait_for("in")?;
        let dialog = Dialog::wait(&desk.desktop)?;
        dialog.wait_for_passcode_field()?;
        shown.push(milliseconds(service.elapsed()));
        dialog.type_text(PASSCODE)?;
        let typed = Instant::now();
        dialog.press("Return")?;
        let (at, _) =
            desk.relays[0].events_until(1, "session_resumed")?.pop().context("no event")?;
        resumed.push(milliseconds(at.duration_since(typed)));
    }
    Ok(vec![
        Figure::new("agent", "card's removal, from service to pages, p95", "ms", p95(heard))
            .at_most(50.0),
        Figure::new("agent", "card put back, from service to dialog", "ms", median(shown)),
        Figure::new("agent", "passcode typed to session resumed", "ms", median(resumed))
            .at_most(1000.0),
    ])
}

/// Two browsers' relays with five pages, beside a watch of the same service.
struct Desk {
    relays: [Relay; 2],
    watch: Watch,
    _host: Host,
    _identity: Identity,
    reader: Reader,
    desktop: Desktop,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn set_up() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-bench-").tempdir()?;
        let programs = Programs::find()?;
        let desktop = Desktop::start(false)?;
        let ports = Ports::choose()?;
        let identity = Identity::start(&programs, &folder.path().join("identity"), ORIGIN, &ports)?;
        let card = CardStore::for_user(&programs, &identity, folder.path(), AMIRA)?;
        let reader = Reader::start(&programs, &folder.path().join("reader"), &card)?;
        let host = Host::set_up(&folder.path().join("host"), &identity, ORIGIN)?;
        let locks = policy(&identity, ORIGIN)
            .replace("\n\n[[origin]]", "\nremoval = \"lock\"\n\n[[origin]]");
        host.write_policy(&locks)?;
        let environment: Vec<(&str, PathBuf)> = vec![
            ("WARDKEY_INSTANCE", host.folder().to_owned()),
            ("PCSCLITE_CSOCK_NAME", reader.socket().to_owned()),
            ("DISPLAY", desktop.display().into()),
        ];
        let watch = Watch::start(&environment)?;
        let relays =
            [Relay::start(&programs, &environment)?, Relay::start(&programs, &environment)?];
        let (_host, _identity, _folder) = (host, identity, folder);
        Ok(Self { relays, watch, _host, _identity, reader, desktop, _folder })
    }

    fn sign_in_everywhere(&mut self) -> Result<()> {
        self.watch.wait_for("in")?;
        for (relay, ports) in self.relays.iter_mut().zip(PORTS) {
            for port in ports {
                relay.open(*port, ORIGIN)?;
                relay.call(*port, "subscribe", json!({}))?;
                let id = relay.begin(*port, "sign_in", json!({}))?;
                if relay_is_first(*port, ports) {
                    let dialog = Dialog::wait(&self.desktop)?;
                    dialog.wait_for_passcode_field()?;
                    dialog.type_text(PASSCODE)?;
                    dialog.press("Return")?;
                }
                let answer = relay.answer(*port, id)?;
                anyhow::ensure!(answer["ok"].is_object(), "{answer}");
            }
        }
        Ok(())
    }
}

/// The first page of the first browser signs in; the others join.
fn relay_is_first(port: u32, ports: &[u32]) -> bool {
    port == 1 && ports.len() == PORTS[0].len()
}

/// What the service says, and when.
struct Watch {
    child: Child,
    lines: Receiver<(Instant, String)>,
}

impl Watch {
    fn start(environment: &[(&str, PathBuf)]) -> Result<Self> {
        let mut child = Command::new(built("reader-watch")?)
            .envs(environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("no output")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send((Instant::now(), line));
            }
        });
        Ok(Self { child, lines })
    }

    fn wait_for(&self, wanted: &str) -> Result<Instant> {
        loop {
            let (at, line) =
                self.lines.recv_timeout(PATIENCE).context("the service says nothing")?;
            if line == wanted {
                return Ok(at);
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn p95(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() * 95 / 100).or(values.last()).copied().unwrap_or_default()
}

const ORIGIN: &str = "http://localhost:8080";
const PORTS: [&[u32]; 2] = [&[1, 2, 3], &[1, 2]];
const ROUNDS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(20);
