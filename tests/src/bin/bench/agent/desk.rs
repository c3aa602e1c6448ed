use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{
    AMIRA, CardStore, Desktop, Dialog, Host, Identity, PASSCODE, Ports, Programs, Reader, Relay,
    built, policy,
};

/// Browsers' relays at one agent, beside a watch of the same smartcard service. Parts end in the
/// order of the fields.
pub struct Desk {
    pub relays: Vec<Relay>,
    pub watch: Watch,
    pub host: Host,
    pub identity: Identity,
    pub reader: Reader,
    pub desktop: Desktop,
    pub programs: Programs,
    pub folder: tempfile::TempDir,
}

impl Desk {
    /// Amira's card is in the reader, and nobody is signed in. A card that is pulled locks.
    ///
    /// # Errors
    ///
    /// What the stage says.
    pub fn set_up(relays: usize) -> Result<Self> {
        Self::with_removal("lock", relays)
    }

    /// The same, where a card that is pulled does this to the session (`removal` in the policy).
    ///
    /// # Errors
    ///
    /// What the stage says.
    pub fn with_removal(removal: &str, relays: usize) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-bench-").tempdir()?;
        let programs = Programs::find()?;
        let desktop = Desktop::start(false)?;
        let ports = Ports::choose()?;
        let identity = Identity::start(&programs, &folder.path().join("identity"), ORIGIN, &ports)?;
        let card = CardStore::for_user(&programs, &identity, folder.path(), AMIRA)?;
        let reader = Reader::start(&programs, &folder.path().join("reader"), &card)?;
        let host = Host::set_up(&folder.path().join("host"), &identity, ORIGIN)?;
        let rule = format!("\nremoval = \"{removal}\"\n\n[[origin]]");
        host.write_policy(&policy(&identity, ORIGIN).replace("\n\n[[origin]]", &rule))?;
        let environment: Vec<(&str, PathBuf)> = vec![
            ("WARDKEY_INSTANCE", host.folder().to_owned()),
            ("PCSCLITE_CSOCK_NAME", reader.socket().to_owned()),
            ("DISPLAY", desktop.display().into()),
        ];
        let watch = Watch::start(&environment)?;
        let relays = (0..relays).map(|_| Relay::start(&programs, &environment));
        let relays = relays.collect::<Result<_>>()?;
        watch.wait_for("in")?;
        Ok(Self { relays, watch, host, identity, reader, desktop, programs, folder })
    }

    /// A page that hears events.
    ///
    /// # Errors
    ///
    /// What the agent says.
    pub fn open(&mut self, relay: usize, port: u32) -> Result<()> {
        let relay = &mut self.relays[relay];
        relay.open(port, ORIGIN)?;
        let answer = relay.call(port, "subscribe", json!({}))?;
        ensure!(answer["ok"].is_object(), "{answer}");
        Ok(())
    }

    /// The first page to sign in: with card and passcode.
    ///
    /// # Errors
    ///
    /// What the agent says.
    pub fn sign_in(&mut self, relay: usize, port: u32) -> Result<()> {
        let id = self.relays[relay].begin(port, "sign_in", json!({}))?;
        let dialog = Dialog::wait(&self.desktop)?;
        type_passcode(&dialog)?;
        signed_in(&self.relays[relay].answer(port, id)?)
    }

    /// Any other page, in the session that there is.
    ///
    /// # Errors
    ///
    /// What the agent says.
    pub fn join(&mut self, relay: usize, port: u32) -> Result<()> {
        signed_in(&self.relays[relay].call(port, "sign_in", json!({}))?)
    }

    /// Another card in place of the one that is in: when the service said so.
    ///
    /// # Errors
    ///
    /// What the simulator or the service says.
    pub fn swap(&mut self, card: &CardStore) -> Result<Instant> {
        self.reader.remove()?;
        self.reader.swap(card)?;
        // The service says `in` of a card that is used, too.
        self.watch.wait_for("out")?;
        self.watch.wait_for("in")
    }

    /// The agent's process.
    ///
    /// # Errors
    ///
    /// Where none runs.
    pub fn agent(&self) -> Result<u32> {
        let agent = self.host.agent().context("no agent")?;
        Ok(agent.as_raw_nonzero().get().unsigned_abs())
    }
}

/// Types the passcode and agrees.
///
/// # Errors
///
/// When the window is gone.
pub fn type_passcode(dialog: &Dialog) -> Result<()> {
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")
}

fn signed_in(answer: &Value) -> Result<()> {
    ensure!(answer["ok"]["ticket"].is_string(), "{answer}");
    Ok(())
}

/// What the service says, and when.
pub struct Watch {
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

    /// When it says that a card is `in` or `out`.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn wait_for(&self, wanted: &str) -> Result<Instant> {
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

const ORIGIN: &str = "http://localhost:8080";
const PATIENCE: Duration = Duration::from_secs(20);
