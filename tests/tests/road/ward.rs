use std::{fs, path::PathBuf};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use wardkey_tests::stage::{
    AMIRA, CardStore, Certificate, Desktop, Dialog, Host, Identity, PASSCODE, Ports, Programs,
    Purpose, Reader, Relay, User, policy,
};

/// A ward without a browser: Identity Server, reader, card and host, each of them fresh.
pub struct Ward {
    pub relay: Relay,
    pub host: Host,
    pub identity: Identity,
    pub reader: Reader,
    pub desktop: Desktop,
    pub programs: Programs,
    pub folder: TempDir,
}

/// What to set up otherwise than usual.
pub struct Plan {
    pub user: User,
    pub certificates: Vec<(Purpose, Certificate)>,
    /// Whether the reader can be unplugged.
    pub unpluggable: bool,
}

impl Default for Plan {
    fn default() -> Self {
        let ordinary = Certificate::Ordinary;
        Self {
            user: AMIRA,
            certificates: vec![(Purpose::Login, ordinary), (Purpose::Content, ordinary)],
            unpluggable: false,
        }
    }
}

impl Ward {
    pub fn usual() -> Result<Self> {
        Self::planned(&Plan::default())
    }

    pub fn planned(plan: &Plan) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-road-").tempdir()?;
        let programs = Programs::find()?;
        let desktop = Desktop::start(false)?;
        let ports = Ports::choose()?;
        let identity = Identity::start(&programs, &folder.path().join("identity"), ORIGIN, &ports)?;
        let store = folder.path().join("card");
        let card = CardStore::with(&programs, &identity, &store, plan.user, &plan.certificates)?;
        let start = if plan.unpluggable { Reader::unpluggable } else { Reader::start };
        let reader = start(&programs, &folder.path().join("reader"), &card)?;
        let host = Host::set_up(&folder.path().join("host"), &identity, ORIGIN)?;
        host.write_policy(&format!("{}{}", policy(&identity, ORIGIN), crate::CARDS))?;
        let mut relay = Relay::start(&programs, &environment(&host, &reader, &desktop))?;
        relay.open(PORT, ORIGIN)?;
        let mut ward = Self { relay, host, identity, reader, desktop, programs, folder };
        ward.wait_for_card()?;
        Ok(ward)
    }

    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        environment(&self.host, &self.reader, &self.desktop)
    }

    /// A new relay with a new agent, after the policy changed.
    pub fn restart_agent(&mut self) -> Result<()> {
        self.host.kill_agent();
        self.relay = Relay::start(&self.programs, &self.environment())?;
        self.relay.open(PORT, ORIGIN)?;
        self.wait_for_card()
    }

    /// A new relay with the same agent, after the one before was killed.
    pub fn restart_relay(&mut self) -> Result<()> {
        let relay = Relay::start(&self.programs, &self.environment())?;
        std::mem::replace(&mut self.relay, relay).kill();
        self.relay.open(PORT, ORIGIN)
    }

    /// The agent's first look at the readers takes a moment after its start.
    pub fn wait_for_card(&mut self) -> Result<()> {
        for _ in 0..1_000 {
            let status = self.relay.call(PORT, "status", json!({}))?;
            if status["ok"]["cardPresent"] == true {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        anyhow::bail!("the agent sees no card")
    }

    pub fn call(&mut self, command: &str, args: Value) -> Result<Value> {
        self.relay.call(PORT, command, args)
    }

    /// Begins a call whose dialog asks for the passcode.
    pub fn begin(&mut self, command: &str, args: Value) -> Result<(u32, Dialog)> {
        let id = self.relay.begin(PORT, command, args)?;
        let dialog = Dialog::wait(&self.desktop)?;
        dialog.wait_for_passcode_field()?;
        Ok((id, dialog))
    }

    pub fn answer(&mut self, id: u32) -> Result<Value> {
        self.relay.answer(PORT, id)
    }

    /// A call with the right passcode.
    pub fn call_with_passcode(&mut self, command: &str, args: Value) -> Result<Value> {
        let (id, dialog) = self.begin(command, args)?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        self.answer(id)
    }

    pub fn sign_in(&mut self) -> Result<Value> {
        let answer = self.call_with_passcode("sign_in", json!({}))?;
        ensure!(answer["ok"]["ticket"].is_string(), "{answer}");
        Ok(answer["ok"].clone())
    }

    /// The arguments to sign one of the synthetic prescriptions.
    pub fn prescription(&self, key: &str) -> Result<Value> {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../crates/signatures/fixtures/prescription-1.xml"
        );
        Ok(json!({"key": format!("{key:0>16}"), "format": "eps", "documents": [{
            "id": "1", "name": "Prescription", "mediaType": "application/xml",
            "content": base64(&fs::read(file)?),
        }]}))
    }
}

/// The error code of an answer.
pub fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or("no error")
}

pub fn expect(answer: &Value, wanted: &str) -> Result<()> {
    ensure!(code(answer) == wanted, "wanted {wanted}: {answer}");
    let remedy = answer["error"]["remedy"].as_str().unwrap_or_default();
    ensure!(!remedy.is_empty(), "no remedy: {answer}");
    Ok(())
}

pub fn base64(octets: &[u8]) -> String {
    wardkey_protocol::Base64(octets.to_vec()).encode()
}

fn environment(host: &Host, reader: &Reader, desktop: &Desktop) -> Vec<(&'static str, PathBuf)> {
    vec![
        ("WARDKEY_INSTANCE", host.folder().to_owned()),
        ("PCSCLITE_CSOCK_NAME", reader.socket().to_owned()),
        ("DISPLAY", desktop.display().into()),
    ]
}

pub const ORIGIN: &str = "http://localhost:8080";
pub const PORT: u32 = 1;
