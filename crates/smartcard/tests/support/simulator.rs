//! The emulated PIV card, as its users run it: the program that `WARDKEY_CARD_SIMULATOR` names.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
};

use serde_json::Value;
use wardkey_smartcard::well_known_modules;

use super::{PATIENCE, behaviour::Hands, command, inner, installed, run_inner, skip, successful};

/// The passcode of every card here.
pub const PASSCODE: &str = "135792";

/// A card's folder and OpenSC's module, in the inner process of a test; `None` in the outer, which
/// has run the inner by then, or says why the test is skipped.
pub fn bench(test: &str, algorithm: &str) -> Option<Bench> {
    if module().is_none() {
        skip(test, "OpenSC's PKCS#11 module is not installed");
        return None;
    }
    card_bench(test, algorithm)
}

/// The same for tests that need no module.
pub fn card_bench(test: &str, algorithm: &str) -> Option<Bench> {
    if let Some(folder) = inner(test) {
        return Some(Bench { folder, module: module() });
    }
    let Some(program) = env::var_os("WARDKEY_CARD_SIMULATOR") else {
        skip(test, "WARDKEY_CARD_SIMULATOR is not set");
        return None;
    };
    if !installed(test, &["pcscd", "unshare", "openssl"]) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    provision(Path::new(&program), folder.path(), "card", &USUAL, algorithm);
    run_inner(test, folder.path(), |itself| {
        let mut command = Command::new(itself);
        command.env("PCSCLITE_CSOCK_NAME", folder.path().join("serve/run/pcscd.comm"));
        command
    });
    None
}

/// A provisioned card, not in a reader yet.
pub struct Bench {
    folder: PathBuf,
    /// OpenSC's PKCS#11 module.
    pub module: Option<PathBuf>,
}

impl Bench {
    /// Another provisioned card.
    pub fn another(&self, name: &str, algorithm: &str) -> PathBuf {
        self.with_keys(name, &USUAL, algorithm)
    }

    /// Another, with keys in these slots, each with the usage of its certificate.
    pub fn with_keys(&self, name: &str, keys: &[(&str, &str)], algorithm: &str) -> PathBuf {
        let program = env::var_os("WARDKEY_CARD_SIMULATOR").unwrap();
        provision(Path::new(&program), &self.folder, name, keys, algorithm);
        self.folder.join(name)
    }

    /// Puts a new certificate into a slot of a card that is not in a reader.
    pub fn certify(&self, name: &str, slot: &str, usage: &str) {
        let program = env::var_os("WARDKEY_CARD_SIMULATOR").unwrap();
        certify(Path::new(&program), &self.folder, name, slot, usage);
    }

    /// Puts the card into a reader, or only near it.
    pub fn serve(&self, options: &[&str]) -> Simulator {
        let mut command = Command::new(env::var_os("WARDKEY_CARD_SIMULATOR").unwrap());
        command.arg("serve").arg("--dir").arg(self.folder.join("serve"));
        command.arg("--card").arg(self.folder.join("card")).args(options);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, events) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        let sent = Sent::default();
        let mut simulator =
            Simulator { child, input, events, passcodes: 0, apdus: 0, sent, pcscd: 0 };
        simulator.pcscd = simulator.wait("ready")["pcscd"].as_i64().unwrap();
        simulator
    }
}

/// A running simulator. Dropping it ends it.
pub struct Simulator {
    child: Child,
    input: Option<ChildStdin>,
    events: Receiver<Value>,
    passcodes: usize,
    apdus: usize,
    sent: Sent,
    /// The process id of its pcscd.
    pub pcscd: i64,
}

/// What commands the cards have had for a while.
#[derive(Debug, Default)]
pub struct Sent {
    /// How many.
    pub all: usize,
    /// How many had extended lengths.
    pub extended: usize,
    /// How many of those were refused as such.
    pub refused: usize,
    /// How many fetched the rest of an answer.
    pub fetching: usize,
    /// The bytes of the longest.
    pub longest: u64,
    /// The bytes of the longest answer, without its status.
    pub longest_answer: u64,
}

impl Sent {
    fn add(&mut self, apdu: &Value) {
        let extended = apdu["extended"].as_bool().unwrap();
        self.all += 1;
        self.extended += usize::from(extended);
        self.refused += usize::from(extended && apdu["status"] == "6700");
        self.fetching += usize::from(apdu["instruction"] == "c0");
        self.longest = self.longest.max(apdu["length"].as_u64().unwrap());
        self.longest_answer = self.longest_answer.max(apdu["answer"].as_u64().unwrap());
    }
}

impl Simulator {
    /// Gives a command and waits for its event.
    pub fn ask(&mut self, order: &str, event: &str) -> Value {
        writeln!(self.input.as_mut().unwrap(), "{order}").unwrap();
        self.wait(event)
    }

    /// The tries that the card says it has left.
    pub fn tries(&mut self) -> u64 {
        self.ask("tries", "tries")["tries"].as_u64().unwrap()
    }

    /// How many passcodes have reached the card, right or wrong; only with `--trace`.
    pub fn passcodes(&mut self) -> usize {
        // The answer comes after every command before it.
        self.tries();
        self.passcodes
    }

    /// How many commands the cards have had so far; only with `--trace`.
    pub fn apdus(&mut self) -> usize {
        self.tries();
        self.apdus
    }

    /// What commands the cards have had since this was last asked; only with `--trace`.
    pub fn sent(&mut self) -> Sent {
        self.tries();
        std::mem::take(&mut self.sent)
    }

    /// Waits for an event.
    pub fn wait(&mut self, name: &str) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE).unwrap();
            if event["event"] == "apdu" {
                self.apdus += 1;
                self.sent.add(&event);
            }
            let verify = event["event"] == "apdu" && event["instruction"] == VERIFY;
            self.passcodes += usize::from(verify && event["length"].as_u64() > Some(BARE));
            if event["event"] == name {
                return event;
            }
            assert_ne!(event["event"], "error", "{event}");
        }
    }
}

impl Hands for Simulator {
    fn passcode(&self) -> &str {
        PASSCODE
    }

    fn pull(&mut self) -> bool {
        self.ask("remove", "removed");
        true
    }

    fn put_back(&mut self) {
        self.ask("insert", "inserted");
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.input = None;
        self.child.wait().unwrap();
    }
}

/// A card with a certificate in each of these slots.
fn provision(program: &Path, folder: &Path, name: &str, keys: &[(&str, &str)], algorithm: &str) {
    let card = folder.join(name);
    let mut making = Command::new(program);
    making.args(["provision", "--algorithm", algorithm, "--pin", PASSCODE, "--store"]).arg(&card);
    making.args(keys.iter().flat_map(|(slot, _)| ["--slot", slot]));
    successful(&mut making);
    let (authority, key) = (folder.join("authority.pem"), folder.join("authority.key"));
    successful(
        command("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30")
            .args(["-subj", "/O=nhs/CN=Bench", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&authority),
    );
    let request = folder.join("request.pem");
    successful(
        command("openssl req -new -subj /O=nhs/OU=People/CN=555000000109 -key")
            .arg(&key)
            .arg("-out")
            .arg(&request),
    );
    for (slot, usage) in keys {
        certify(program, folder, name, slot, usage);
    }
}

/// Puts a new certificate into a slot.
fn certify(program: &Path, folder: &Path, name: &str, slot: &str, usage: &str) {
    let file = |name: &str| folder.join(name);
    let (usages, certificate) = (file("usages"), file(&format!("{slot}.pem")));
    fs::write(&usages, format!("keyUsage=critical,{usage}\n")).unwrap();
    successful(
        command("openssl x509 -req -days 30 -CAcreateserial -in")
            .arg(file("request.pem"))
            .arg("-CA")
            .arg(file("authority.pem"))
            .arg("-CAkey")
            .arg(file("authority.key"))
            .arg("-force_pubkey")
            .arg(file(name).join(format!("{slot}.pub.pem")))
            .arg("-extfile")
            .arg(&usages)
            .arg("-out")
            .arg(&certificate),
    );
    let mut import = Command::new(program);
    import.args(["import", "--slot", slot, "--store"]).arg(file(name));
    successful(import.arg("--certificate").arg(&certificate));
}

fn module() -> Option<PathBuf> {
    let is_opensc = |path: &PathBuf| path.to_string_lossy().contains("opensc-pkcs11");
    well_known_modules().into_iter().find(|path| is_opensc(path) && path.exists())
}

/// A login certificate, and one for content commitment.
const USUAL: [(&str, &str); 2] = [("9a", "digitalSignature"), ("9c", "nonRepudiation")];
const VERIFY: &str = "20";
/// The length of a command without data.
const BARE: u64 = 5;
