//! The Identity Server: `wardkey-identity`, as a child that ends with this program.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::ports::Ports;

/// The server of a folder.
pub struct Server {
    program: PathBuf,
    folder: PathBuf,
    url: String,
    running: Option<Running>,
}

struct Running {
    process: Child,
    /// It ends when this does, however this program ends.
    input: ChildStdin,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Login.
    Login,
    /// Content commitment.
    Content,
}

impl Purpose {
    /// Its name to `wardkey-identity`, and in names of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Content => "content",
        }
    }
}

/// What a new folder is made for.
pub struct New<'a> {
    /// The first app's origin.
    pub origin: &'a str,
    /// Where it listens.
    pub ports: Ports,
    /// The npm package's `dist`, for the server's own pages.
    pub sdk: Option<&'a Path>,
    /// `users.toml`, where it is not the demo's.
    pub people: Option<&'a str>,
}

/// What is read of `identity.toml`.
#[derive(Deserialize)]
struct Config {
    public_url: String,
}

impl Server {
    /// Makes the folder: authorities, people, configuration.
    pub fn make(program: &Path, folder: &Path, new: &New<'_>) -> Result<()> {
        let mut init = Command::new(program);
        init.arg("init").arg("--dir").arg(folder).args(["--origin", new.origin]);
        init.args(["--https-port", &new.ports.https.to_string()]);
        init.args(["--crl-port", &new.ports.lists.to_string()]);
        if let Some(sdk) = new.sdk {
            init.arg("--sdk").arg(sdk);
        }
        said(&mut init)?;
        if let Some(people) = new.people {
            fs::write(folder.join(PEOPLE), people)?;
        }
        Ok(())
    }

    /// The server of a folder that was made.
    pub fn of(program: &Path, folder: &Path) -> Result<Self> {
        let file = folder.join("identity.toml");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let Config { public_url } = toml::from_str(&text)?;
        let (program, folder) = (program.to_owned(), folder.to_owned());
        Ok(Self { program, folder, url: public_url, running: None })
    }

    /// Starts it; returns once it listens.
    pub fn start(&mut self) -> Result<()> {
        let log = self.folder.join("server.log");
        let mut serve = self.command("serve");
        serve.arg("--until-input-ends").stdin(Stdio::piped()).stdout(Stdio::piped());
        serve.stderr(File::create(&log)?);
        let mut process = serve.spawn().with_context(|| self.program.display().to_string())?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (input, output) = input.zip(output).context("no pipes")?;
        self.running = Some(Running { process, input });
        let (sender, ready) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Only the first line is waited for.
                let _ = sender.send(line);
            }
        });
        if ready.recv_timeout(STARTS).is_err() {
            self.stop();
            let text = fs::read_to_string(&log).unwrap_or_default();
            let last = text.lines().last().unwrap_or_default();
            bail!("the Identity Server did not start: {last} ({})", log.display());
        }
        Ok(())
    }

    /// Stops it, as an outage would.
    pub fn stop(&mut self) {
        let Some(Running { mut process, input }) = self.running.take() else { return };
        drop(input);
        let end = std::time::Instant::now() + GRACE;
        while std::time::Instant::now() < end {
            if !matches!(process.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = process.kill();
        let _ = process.wait();
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// The base address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A file of its PKI.
    pub fn pki(&self, file: &str) -> PathBuf {
        self.folder.join("pki").join(file)
    }

    /// Its file of people.
    pub fn people(&self) -> PathBuf {
        self.folder.join(PEOPLE)
    }

    /// Makes apps of these origins known to it.
    pub fn know_apps(&self, origins: &[String]) -> Result<()> {
        let mut list = self.command_of(&["relying-party", "list"]);
        let known = said(&mut list)?;
        for origin in origins {
            if known.lines().any(|line| line.split('\t').next() == Some(origin.as_str())) {
                continue;
            }
            let mut add = self.command_of(&["relying-party", "add"]);
            said(add.args(["--name", "Simulated app"]).arg(origin))?;
        }
        Ok(())
    }

    /// Certifies a person's key, and has the server know it where it is for login.
    pub fn issue(
        &self,
        uid: &str,
        purpose: Purpose,
        expired: bool,
        public_key: &Path,
        certificate: &Path,
    ) -> Result<()> {
        let mut issue = self.command("issue");
        issue.args(["--uid", uid, "--purpose", purpose.name(), "--public-key"]).arg(public_key);
        issue.arg("--out").arg(certificate);
        if expired {
            issue.arg("--expired");
        }
        said(&mut issue).map(drop)
    }

    fn command(&self, verb: &str) -> Command {
        self.command_of(&[verb])
    }

    fn command_of(&self, verbs: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(verbs).arg("--dir").arg(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a program to its end; what it printed.
fn said(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", errors.trim());
    Ok(String::from_utf8(output.stdout)?)
}

const PEOPLE: &str = "users.toml";
const STARTS: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_secs(3);
