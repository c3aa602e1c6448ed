use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::{
    Identity, PASSCODE, Programs, User,
    identity::{Certificate, Purpose},
    process::{Process, run},
};

/// An emulated card's files.
#[derive(Clone, Debug)]
pub struct CardStore {
    /// The folder.
    pub folder: PathBuf,
}

impl CardStore {
    /// The card of a user with a login and a content-commitment certificate; made once a folder.
    ///
    /// # Errors
    ///
    /// What the simulator or the Identity Server's `issue` says.
    pub fn for_user(
        programs: &Programs,
        identity: &Identity,
        parent: &Path,
        user: User,
    ) -> Result<Self> {
        let ordinary =
            [(Purpose::Login, Certificate::Ordinary), (Purpose::Content, Certificate::Ordinary)];
        Self::with(programs, identity, &parent.join(format!("card-{}", user.uid)), user, &ordinary)
    }

    /// A card with certificates of choice.
    ///
    /// # Errors
    ///
    /// What the simulator or the Identity Server's `issue` says.
    pub fn with(
        programs: &Programs,
        identity: &Identity,
        folder: &Path,
        user: User,
        certificates: &[(Purpose, Certificate)],
    ) -> Result<Self> {
        let card = Self { folder: folder.to_owned() };
        if folder.exists() {
            return Ok(card);
        }
        // A card that was not finished is not kept.
        let unfinished = folder.with_extension("unfinished");
        let _ = fs::remove_dir_all(&unfinished);
        let simulator = |verb: &str| {
            let mut command = Command::new(&programs.card_simulator);
            command.arg(verb).arg("--store").arg(&unfinished);
            command
        };
        run(simulator("provision").args(["--pin", PASSCODE])).context("provision")?;
        for (purpose, kind) in certificates {
            let public_key = unfinished.join(format!("{}.pub.pem", purpose.slot()));
            let certificate = unfinished.join(format!("{}.crt.pem", purpose.slot()));
            identity.issue(user, *purpose, *kind, &public_key, &certificate)?;
            run(simulator("import")
                .args(["--slot", purpose.slot(), "--certificate"])
                .arg(&certificate))
            .context("import")?;
        }
        fs::rename(&unfinished, folder)?;
        Ok(card)
    }

    /// The certificate for a purpose, PEM.
    #[must_use]
    pub fn certificate(&self, purpose: Purpose) -> PathBuf {
        self.folder.join(format!("{}.crt.pem", purpose.slot()))
    }
}

/// A reader as pcscd sees it, with a card that can be put in and taken out.
#[derive(Debug)]
pub struct Reader {
    process: Process,
    socket: PathBuf,
    service: i32,
}

impl Reader {
    /// Starts a private pcscd with one reader, the card in it.
    ///
    /// # Errors
    ///
    /// What the simulator says.
    pub fn start(programs: &Programs, folder: &Path, card: &CardStore) -> Result<Self> {
        Self::serve(programs, folder, |serve| {
            serve.arg("--card").arg(&card.folder);
        })
    }

    /// The same with a reader that can be unplugged.
    ///
    /// # Errors
    ///
    /// What the simulator says.
    pub fn unpluggable(programs: &Programs, folder: &Path, card: &CardStore) -> Result<Self> {
        Self::serve(programs, folder, |serve| {
            serve.arg("--unpluggable").arg("--card").arg(&card.folder);
        })
    }

    /// The same after the one before was killed: the card's folder is free once the simulator has
    /// ended, as it does without its pcscd.
    ///
    /// # Errors
    ///
    /// What the simulator says for long.
    pub fn start_again(programs: &Programs, folder: &Path, card: &CardStore) -> Result<Self> {
        let end = Instant::now() + STARTS;
        loop {
            match Self::start(programs, folder, card) {
                Err(error) if Instant::now() > end => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
                reader => return reader,
            }
        }
    }

    /// Starts a private pcscd with two readers, a card in each.
    ///
    /// # Errors
    ///
    /// What the simulator says.
    pub fn two(programs: &Programs, folder: &Path, cards: [&CardStore; 2]) -> Result<Self> {
        Self::serve(programs, folder, |serve| {
            for card in cards {
                serve.arg("--card").arg(&card.folder);
            }
        })
    }

    /// Starts a private pcscd that has no reader.
    ///
    /// # Errors
    ///
    /// What the simulator says.
    pub fn none(programs: &Programs, folder: &Path) -> Result<Self> {
        Self::serve(programs, folder, |serve| {
            serve.arg("--no-readers");
        })
    }

    fn serve(
        programs: &Programs,
        folder: &Path,
        options: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut command = Command::new(&programs.card_simulator);
        command.arg("serve").arg("--dir").arg(folder);
        options(&mut command);
        let mut process = Process::start("card simulator", &mut command)?;
        let ready = process.wait_for_line("\"ready\"", STARTS)?;
        let service = service_of(&ready)?;
        Ok(Self { process, socket: folder.join("run/pcscd.comm"), service })
    }

    /// Kills pcscd, as a crash of the smartcard service would.
    ///
    /// # Errors
    ///
    /// When it has ended before.
    pub fn kill_service(&self) -> Result<()> {
        Ok(kill_process(self.service().context("no process")?, Signal::KILL)?)
    }

    /// pcscd's process id.
    #[must_use]
    pub fn service(&self) -> Option<Pid> {
        Pid::from_raw(self.service)
    }

    /// The tries that the card's passcode has left.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn tries(&mut self) -> Result<u64> {
        self.counted("tries")
    }

    /// How many passcodes its cards were given since it started, right ones and wrong ones.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn passcodes(&mut self) -> Result<u64> {
        self.counted("pins")
    }

    fn counted(&mut self, what: &str) -> Result<u64> {
        self.process.say("tries")?;
        let told = self.process.wait_for_line("\"tries\"", STARTS)?;
        let told: serde_json::Value = serde_json::from_str(&told)?;
        told[what].as_u64().with_context(|| format!("no {what}"))
    }

    /// Whether the service sees the card go, by a fault of its own, within a time.
    pub fn sees_it_leave(&mut self, within: Duration) -> bool {
        self.process.wait_for_line("\"removed\"", within).is_ok()
    }

    /// pcscd's socket, for `PCSCLITE_CSOCK_NAME`.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Takes the card out.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn remove(&mut self) -> Result<()> {
        self.process.say("remove")?;
        self.process.wait_for_line("\"removed\"", STARTS).map(drop)
    }

    /// Takes the card out without waiting for pcscd to notice.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn pull(&mut self) -> Result<()> {
        self.process.say("remove")
    }

    /// Puts the card in.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn insert(&mut self) -> Result<()> {
        self.process.say("insert")?;
        self.process.wait_for_line("\"inserted\"", STARTS).map(drop)
    }

    /// Puts another card in.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn swap(&mut self, card: &CardStore) -> Result<()> {
        self.process.say(&format!("swap {}", card.folder.display()))?;
        self.process.wait_for_line("\"inserted\"", STARTS).map(drop)
    }

    /// Takes the card out of one of several readers, counted from 1.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn remove_from(&mut self, reader: usize) -> Result<()> {
        self.process.say(&format!("remove {reader}"))?;
        self.process.wait_for_line("\"removed\"", STARTS).map(drop)
    }

    /// Puts the card into one of several readers, counted from 1.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn insert_into(&mut self, reader: usize) -> Result<()> {
        self.process.say(&format!("insert {reader}"))?;
        self.process.wait_for_line("\"inserted\"", STARTS).map(drop)
    }

    /// Unplugs a reader that can be, with the card in it, and waits until pcscd has none.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn unplug(&mut self) -> Result<()> {
        self.process.say("unplug")?;
        self.process.wait_for_line("\"unplugged\"", STARTS).map(drop)
    }

    /// Plugs it in again, and waits until pcscd has seen the card.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn plug(&mut self) -> Result<()> {
        self.process.say("plug")?;
        self.process.wait_for_line("\"plugged\"", STARTS).map(drop)
    }

    /// Gives the simulator any other command.
    ///
    /// # Errors
    ///
    /// When the simulator has ended.
    pub fn say(&mut self, command: &str) -> Result<()> {
        self.process.say(command)
    }
}

/// pcscd's process id, as the simulator tells it.
fn service_of(ready: &str) -> Result<i32> {
    let ready: serde_json::Value = serde_json::from_str(ready)?;
    let pid = ready["pcscd"].as_i64().context("no pcscd")?;
    Ok(i32::try_from(pid)?)
}

const STARTS: Duration = Duration::from_secs(10);
