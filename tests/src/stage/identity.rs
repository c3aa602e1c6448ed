use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use super::{
    Ports, Programs, User,
    process::{Process, run},
};

/// The Identity Server with its demo PKI.
#[derive(Debug)]
pub struct Identity {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    process: Option<Process>,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Card login, PIV slot 9A.
    Login,
    /// Content commitment, PIV slot 9C.
    Content,
}

/// What is wrong with a certificate, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Its time is over.
    Expired,
    /// As it should be.
    Ordinary,
    /// Its key usage is another.
    WrongUsage,
}

impl Purpose {
    /// The PIV slot.
    #[must_use]
    pub fn slot(self) -> &'static str {
        match self {
            Self::Login => "9a",
            Self::Content => "9c",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Content => "content",
        }
    }
}

/// What makes a server's TLS certificate good: its key, or who vouches for it.
pub struct ServerTls {
    /// The SHA-256 of its public key, in base64.
    pub pin: String,
    /// The authority's certificate, PEM.
    pub authority: PathBuf,
}

impl Identity {
    /// Makes the PKI, users and configuration where the folder has none, and starts the server.
    ///
    /// # Errors
    ///
    /// What `wardkey-identity` says.
    pub fn start(programs: &Programs, folder: &Path, origin: &str, ports: &Ports) -> Result<Self> {
        let _ = fs::remove_dir_all(folder);
        let mut init = Command::new(&programs.identity);
        init.arg("init").arg("--dir").arg(folder).args(["--origin", origin]);
        init.args(["--https-port", &ports.identity.to_string()]);
        init.args(["--crl-port", &ports.crl.to_string()]);
        init.arg("--sdk").arg(programs.sdk.join("dist"));
        run(&mut init).context("init")?;
        let mut identity = Self {
            program: programs.identity.clone(),
            folder: folder.to_owned(),
            port: ports.identity,
            process: None,
        };
        identity.resume()?;
        Ok(identity)
    }

    /// Starts the server again after [`Identity::stop`].
    ///
    /// # Errors
    ///
    /// When it does not listen in time.
    pub fn resume(&mut self) -> Result<()> {
        let mut serve = Command::new(&self.program);
        serve.arg("serve").arg("--dir").arg(&self.folder);
        let mut process = Process::start("identity server", &mut serve)?;
        process.wait_for_line("ready", STARTS)?;
        self.process = Some(process);
        Ok(())
    }

    /// Stops the server.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Lets the server hang, as one whose machine does: it listens, and answers nothing.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn hang(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a server that hangs go on.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn go_on(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        self.process.as_ref().context("no server")?.signal(signal)
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// The base address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// A file of its PKI.
    #[must_use]
    pub fn pki(&self, file: &str) -> PathBuf {
        self.folder.join("pki").join(file)
    }

    /// The folder with everything in it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a ticket opens a role assertion now.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub fn opens(&self, ticket: &str) -> Result<bool> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--get", "--cacert"])
            .arg(self.pki("tls-ca.crt.pem"));
        curl.arg("--data-urlencode").arg(format!("token={ticket}"));
        curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
        curl.arg(format!("{}/saml/RoleAssertion", self.url()));
        Ok(run(&mut curl)? == "200")
    }

    /// Registers an OpenID Connect client, by its document; the server sees it within a second.
    ///
    /// # Errors
    ///
    /// What `wardkey-identity client` says.
    pub fn register_client(&self, document: &str) -> Result<()> {
        let file = self.folder.join("client.json");
        fs::write(&file, document)?;
        let mut add = Command::new(&self.program);
        add.args(["client", "add", "--dir"]).arg(&self.folder).arg(&file);
        run(&mut add).context("client")?;
        std::thread::sleep(SEEN);
        Ok(())
    }

    /// What a browser has to know of the server's TLS certificate to trust it.
    ///
    /// # Errors
    ///
    /// When OpenSSL can't read it.
    pub fn tls(&self) -> Result<ServerTls> {
        let script = "openssl x509 -pubkey -noout -in \"$1\" \
             | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64";
        let mut openssl = Command::new("sh");
        openssl.args(["-c", script, "sh"]).arg(self.pki("tls.crt.pem"));
        let pin = run(&mut openssl)?.trim().to_owned();
        Ok(ServerTls { pin, authority: self.pki("tls-ca.crt.pem") })
    }

    /// Issues a certificate over a card's public key.
    ///
    /// # Errors
    ///
    /// What `wardkey-identity issue` says.
    pub fn issue(
        &self,
        user: User,
        purpose: Purpose,
        kind: Certificate,
        public_key: &Path,
        certificate: &Path,
    ) -> Result<()> {
        let mut issue = Command::new(&self.program);
        issue.arg("issue").arg("--dir").arg(&self.folder).args(["--uid", user.uid]);
        issue.args(["--purpose", purpose.name(), "--public-key"]).arg(public_key);
        issue.arg("--out").arg(certificate);
        match kind {
            Certificate::Expired => drop(issue.arg("--expired")),
            Certificate::Ordinary => {}
            Certificate::WrongUsage => drop(issue.args(["--usage", "wrong"])),
        }
        run(&mut issue).context("issue").map(drop)
    }

    /// Revokes a certificate.
    ///
    /// # Errors
    ///
    /// What `wardkey-identity revoke` says.
    pub fn revoke(&self, certificate: &Path) -> Result<()> {
        let mut revoke = Command::new(&self.program);
        revoke.arg("revoke").arg("--dir").arg(&self.folder).arg("--certificate").arg(certificate);
        run(&mut revoke).context("revoke").map(drop)
    }
}

/// A server looks each second for what commands changed.
const SEEN: Duration = Duration::from_millis(1500);
const STARTS: Duration = Duration::from_secs(20);
