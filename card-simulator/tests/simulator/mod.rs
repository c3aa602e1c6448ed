//! The simulator as its users run it: the program, its standard input and output.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_wardkey-card-simulator");
/// OpenSC's PKCS#11 module, found by the loader's path.
pub const MODULE: &str = "opensc-pkcs11.so";

/// Whether everything here is installed; else says which test is skipped, and why.
pub fn installed(test: &str, programs: &[&str]) -> bool {
    let missing = |program: &&&str| {
        let found = std::env::var_os("PATH").is_some_and(|path| {
            std::env::split_paths(&path).any(|folder| folder.join(program).exists())
        });
        !found && !Path::new("/usr/sbin").join(program).exists()
    };
    if let Some(program) = programs.iter().find(missing) {
        eprintln!("SKIPPED {test}: {program} is not installed");
        return false;
    }
    let driver = ["lib", "lib64"]
        .map(|lib| format!("/usr/{lib}/pcsc/drivers/serial/libifdvpcd.so"))
        .into_iter()
        .any(|place| Path::new(&place).exists());
    if programs.contains(&"pcscd") && !driver {
        eprintln!("SKIPPED {test}: vsmartcard-vpcd is not installed");
        return false;
    }
    let allowed = || {
        [&["--net", "--mount"][..], &["--net", "--mount", "--map-root-user"]].iter().any(
            |options| {
                let trial = Command::new("unshare").args(*options).arg("true").output();
                trial.is_ok_and(|output| output.status.success())
            },
        )
    };
    if programs.contains(&"unshare") && !allowed() {
        eprintln!("SKIPPED {test}: this system does not allow private namespaces");
        return false;
    }
    true
}

/// What a test that serves cards needs.
pub const SERVING: &[&str] = &["pcscd", "unshare"];

/// A folder for cards and runs.
pub struct Bench(TempDir);

impl Bench {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Makes a card with keys on P-256, which are quick to make.
    pub fn card(&self, name: &str) -> PathBuf {
        self.card_with(name, &["--algorithm", "eccp256"])
    }

    /// Makes a card as the options of `provision` say.
    pub fn card_with(&self, name: &str, options: &[&str]) -> PathBuf {
        let folder = self.path(name);
        let mut command = Command::new(PROGRAM);
        successful(command.args(["provision", "--store"]).arg(&folder).args(options));
        folder
    }

    /// Makes a certificate for the key in a slot, by a certification authority made for it.
    pub fn certificate(&self, card: &Path, slot: &str, usage: &str) -> PathBuf {
        let extensions = self.path("extensions");
        fs::write(&extensions, format!("keyUsage=critical,{usage}\n")).unwrap();
        let (authority, key) = (self.path("authority.crt"), self.path("authority.key"));
        let subject = format!("/O=nhs/OU=People/CN=555000000109 {slot}");
        if !authority.exists() {
            successful(
                openssl("req -x509 -newkey rsa:2048 -nodes -subj /O=nhs/CN=Bench -days 30")
                    .arg("-keyout")
                    .arg(&key)
                    .arg("-out")
                    .arg(&authority),
            );
        }
        let request = self.path("request.pem");
        successful(
            openssl("req -new -subj").arg(subject).arg("-key").arg(&key).arg("-out").arg(&request),
        );
        let certificate = card.join(format!("{slot}.crt.pem"));
        successful(
            openssl("x509 -req -days 30 -CAcreateserial")
                .arg("-in")
                .arg(&request)
                .arg("-CA")
                .arg(&authority)
                .arg("-CAkey")
                .arg(&key)
                .arg("-force_pubkey")
                .arg(card.join(format!("{slot}.pub.pem")))
                .arg("-extfile")
                .arg(&extensions)
                .arg("-out")
                .arg(&certificate),
        );
        certificate
    }

    /// Makes certificates for both keys of a card and puts them in.
    pub fn certify(&self, card: &Path) {
        for (slot, usage) in [("9a", "digitalSignature"), ("9c", "nonRepudiation")] {
            let certificate = self.certificate(card, slot, usage);
            successful(&mut import(card, slot, &certificate));
        }
    }
}

pub fn import(card: &Path, slot: &str, certificate: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["import", "--slot", slot, "--store"]).arg(card);
    command.arg("--certificate").arg(certificate);
    command
}

pub fn openssl(arguments: &str) -> Command {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' '));
    command
}

/// Runs a command that must succeed.
pub fn successful(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A running `serve`.
pub struct Simulator {
    child: Child,
    input: Option<ChildStdin>,
    events: Receiver<String>,
    /// Every line so far.
    pub lines: Vec<String>,
    pub socket: PathBuf,
    pub pcscd: u32,
}

impl Simulator {
    /// Starts it and waits until it is ready.
    pub fn start(dir: &Path, cards: &[&Path], options: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg("--dir").arg(dir).args(options);
        for card in cards {
            command.arg("--card").arg(card);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, events) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        let mut simulator =
            Self { child, input, events, lines: Vec::new(), socket: PathBuf::new(), pcscd: 0 };
        let ready = simulator.wait("ready");
        simulator.socket = PathBuf::from(ready["socket"].as_str().unwrap());
        simulator.pcscd = ready["pcscd"].as_u64().unwrap() as u32;
        simulator
    }

    pub fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next event of this name; those before it are passed over, an `error` is a failure
    /// unless waited for.
    pub fn wait(&mut self, name: &str) -> Value {
        loop {
            let line = self
                .events
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("no event {name:?} after {:#?}", self.lines));
            let event: Value = serde_json::from_str(&line).unwrap();
            self.lines.push(line);
            if event["event"] == name {
                return event;
            }
            assert_ne!(event["event"], "error", "waiting for {name:?}: {event}");
        }
    }

    pub fn ask(&mut self, line: &str, event: &str) -> Value {
        self.say(line);
        self.wait(event)
    }

    pub fn tries(&mut self) -> u64 {
        self.ask("tries", "tries")["tries"].as_u64().unwrap()
    }

    /// A program that talks to this pcscd.
    pub fn client(&self, program: &str, arguments: &str) -> Command {
        let mut command = Command::new(program);
        command.args(arguments.split(' ')).env("PCSCLITE_CSOCK_NAME", &self.socket);
        command
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends its input and waits for its end.
    pub fn close(&mut self) -> std::process::ExitStatus {
        self.input = None;
        self.child.wait().unwrap()
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}

/// Waits until a process has ended (a zombie that nobody collects has).
pub fn wait_for_end(process: u32) {
    let deadline = Instant::now() + PATIENCE;
    while fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim().starts_with('Z'))
    {
        assert!(Instant::now() < deadline, "process {process} still runs");
        thread::sleep(Duration::from_millis(5));
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
