//! Wine's prefix, an Identity Server, a scripted card's files, and the policy of the user's own
//! instance.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use p256::{
    SecretKey,
    pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use wardkey_tests::stage::{
    AMIRA, Certificate, Desktop, Identity, PASSCODE, Ports, Process, Programs, Purpose, Relay, Wine,
};

pub type Test = fn(&mut World) -> Result<()>;

/// What the trials share. Parts end in the order of the fields.
pub struct World {
    pub wine: Wine,
    pub identity: Identity,
    /// Windows' `wardkey-host` in place of this computer's.
    programs: Programs,
    folder: TempDir,
}

/// Who answers the dialogs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// The simulation.
    Simulated,
    /// A user who sees them.
    Typed,
}

/// Makes it, where it is not there.
pub fn of(world: &mut Option<World>) -> Result<&mut World> {
    if world.is_none() {
        *world = Some(World::set_up()?);
    }
    world.as_mut().context("no world")
}

impl World {
    fn set_up() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-windows-").tempdir()?;
        let wine = Wine::start(&folder.path().join("prefix")).context("Wine")?;
        let library = "tests/windows/bcryptprimitives.c";
        if wine.stand_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(library))? {
            println!("this Wine has no bcryptprimitives.dll: one of ours stands in for it");
        }
        let mut programs = Programs::find()?;
        let server = folder.path().join("identity");
        let identity = Identity::start(&programs, &server, ORIGIN, &Ports::choose()?)?;
        programs.host = folder.path().join("wardkey-host");
        wine.script(HOST, &programs.host)?;
        let world = Self { wine, identity, programs, folder };
        make_card(&world.card(), &world.identity)?;
        let policy = world.instance()?.join("policy.toml");
        fs::create_dir_all(policy.parent().context("no folder")?)?;
        fs::write(policy, world.policy(Answers::Simulated, ""))?;
        Ok(world)
    }

    /// The user's own instance.
    pub fn instance(&self) -> Result<PathBuf> {
        Ok(self.wine.here(&self.wine.variable("LOCALAPPDATA")?)?.join("Wardkey"))
    }

    /// What the host prints with these words, and whether it ends well.
    pub fn host(&self, words: &[&str]) -> Result<(bool, String)> {
        let Output { status, stdout, stderr } = self.wine.built(HOST).args(words).output()?;
        let said = [stdout, stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
        Ok((status.success(), said.concat()))
    }

    /// The JSON that it prints with these words, however it ends.
    pub fn json(&self, words: &[&str]) -> Result<Value> {
        let output = self.wine.built(HOST).args(words).output()?;
        let said =
            || String::from_utf8_lossy(&[&*output.stdout, &output.stderr].concat()).into_owned();
        serde_json::from_slice(&output.stdout).with_context(said)
    }

    /// A page at the agent, which the relay starts where none runs.
    pub fn page(&self) -> Result<Relay> {
        let mut relay = Relay::start(&self.programs, &self.wine.environment())?;
        relay.open(PORT, ORIGIN)?;
        Ok(relay)
    }

    /// Puts the card in, and a user before the dialogs; the agent sees it.
    pub fn desk(&self) -> Result<Process> {
        let mut desk = self.wine.built("examples/scripted-desk.exe");
        desk.arg(SOCKET).arg(Wine::there(&self.card())).arg(PASSCODE);
        let mut desk = Process::start("scripted desk", &mut desk)?;
        desk.wait_for_line("ready", Duration::from_secs(60))?;
        let (mut page, begun) = (self.page()?, Instant::now());
        loop {
            let status = page.call(PORT, "status", json!({}))?;
            if status["ok"]["cardPresent"] == true {
                return Ok(desk);
            }
            ensure!(begun.elapsed() < Duration::from_secs(30), "the agent sees no card: {status}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Shows windows on a desktop; the server of policy has these keys besides. Everything is started
    /// anew for that.
    pub fn show_on(&mut self, desktop: &Desktop, answers: Answers, rules: &str) -> Result<()> {
        self.wine.show_on(desktop);
        let policy = self.policy(answers, rules);
        Ok(fs::write(self.instance()?.join("policy.toml"), policy)?)
    }

    /// Waits until a ticket opens nothing any more: the server is told while others go on.
    pub fn outlived(&self, ticket: &str) -> Result<()> {
        let begun = Instant::now();
        while self.identity.opens(ticket)? {
            ensure!(begun.elapsed() < Duration::from_secs(30), "the ticket outlives its session");
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// A program that policy names, beside `wardkey-host` itself.
    pub fn program(&self) -> PathBuf {
        self.file("ward-desktop.exe")
    }

    /// A file of one's own.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn card(&self) -> PathBuf {
        self.file("card")
    }

    fn policy(&self, answers: Answers, rules: &str) -> String {
        let answers = answers == Answers::Simulated;
        let pki = |file: &str| Wine::there(&self.identity.pki(file));
        format!(
            "development = true
[simulation]
socket = '{SOCKET}'
answers = {answers}
[[server]]
url = '{url}'
name = 'Wardkey demo identity server'
authority = '{authority}'
signing_anchors = ['{root}']
signing_authorities = ['{content}']
signing_policy = '1.2.826.0.1275.102.0.3.2.0'
{rules}[[origin]]
origin = '{ORIGIN}'
capabilities = ['sign', 'sign_in', 'signing_certificate', 'ticket', 'user_details']
[[program]]
executable = '{host}'
name = 'Scripts'
relying_party = '{ORIGIN}'
capabilities = ['sign', 'sign_in', 'ticket', 'user_details']
[[program]]
executable = '{program}'
name = 'Ward Desktop'
relying_party = '{ORIGIN}'
capabilities = ['sign_in', 'ticket']
",
            url = self.identity.url(),
            authority = pki("tls-ca.crt.pem"),
            root = pki("root.crt.pem"),
            content = pki("content-ca.crt.pem"),
            host = Wine::there(&self.wine.program(HOST)),
            program = Wine::there(&self.program()),
        )
    }
}

/// Two keys on P-256, as the scripted desk reads them, and their certificates.
fn make_card(folder: &Path, identity: &Identity) -> Result<()> {
    fs::create_dir(folder)?;
    for (purpose, name) in [(Purpose::Login, "login"), (Purpose::Content, "content")] {
        let mut octets = [0; 32];
        fs::File::open("/dev/urandom")?.read_exact(&mut octets)?;
        let key = SecretKey::from_slice(&octets)?;
        let file = |kind: &str| folder.join(format!("{name}.{kind}.pem"));
        fs::write(file("key"), key.to_pkcs8_pem(LineEnding::LF)?.as_bytes())?;
        fs::write(file("pub"), key.public_key().to_public_key_pem(LineEnding::LF)?)?;
        identity.issue(AMIRA, purpose, Certificate::Ordinary, &file("pub"), &file("crt"))?;
    }
    Ok(())
}

/// What of a doctor's report has this code.
pub fn finding<'a>(report: &'a Value, code: &str) -> Result<&'a Value> {
    let findings = report["findings"].as_array().context("no findings")?;
    let found = findings.iter().find(|finding| finding["code"] == code);
    found.with_context(|| format!("no {code}: {report:#}"))
}

/// Checks with OpenSSL that a CMS signature holds over a content, and that it is Amira's.
pub fn judged_by_openssl(identity: &Identity, signature: &Path, content: &[u8]) -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl.args(["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in"]).arg(signature);
    openssl.arg("-CAfile").arg(identity.pki("root.crt.pem"));
    openssl.args(["-policy_check", "-explicit_policy", "-policy", "1.2.826.0.1275.102.0.3.2.0"]);
    let output = openssl.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ensure!(output.stdout == content, "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

pub const HOST: &str = "wardkey-host.exe";
pub const ORIGIN: &str = "http://localhost:5173";
/// The page's port at the relay.
pub const PORT: u32 = 1;
/// A name in this prefix alone.
const SOCKET: &str = r"\\.\pipe\wardkey-scripted-desk";
