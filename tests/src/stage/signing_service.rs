//! A service that keeps keys, by the Cloud Signature Consortium's API 2.0.0.2: keys in files,
//! signatures by OpenSSL, and what goes wrong by switch.

mod http;
mod methods;

use std::{
    collections::HashMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{
    Identity, User, free_port,
    identity::{Certificate, Purpose},
    process::run,
};

/// The service, until the program ends.
pub struct SigningService {
    folder: PathBuf,
    port: u16,
    state: Arc<Mutex<ServiceState>>,
}

/// What the service knows and does. The public fields are switches.
pub struct ServiceState {
    /// Whether users confirm on the phone; otherwise they type a PIN and a code.
    pub on_phone: bool,
    /// What is done on the phone.
    pub phone: Phone,
    /// Whether it signs in its own time.
    pub asynchronous: bool,
    /// What it says of every credential's certificate.
    pub status: &'static str,
    /// Whether every credential is locked.
    pub locked: bool,
    /// Whether authorisations have run out before they are used.
    pub runs_out: bool,
    /// Whether it is too busy.
    pub busy: bool,
    /// Where it sends whoever asks, instead of an answer.
    pub redirects: Option<String>,
    /// What it does to signatures.
    pub tamper: Tamper,
    /// Signatures that one authorisation is for.
    pub multisign: usize,
    /// Everything that it was asked, in order.
    pub asked: Vec<Asked>,
    folder: PathBuf,
    credentials: Vec<Credential>,
    authorizations: HashMap<String, Authorization>,
    finished: HashMap<String, Vec<String>>,
    number: usize,
}

/// What is done on the phone, when it is asked for the second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    /// The user confirms.
    Confirms,
    /// The user refuses.
    Refuses,
    /// Nothing, ever.
    Silent,
}

/// What a service does to signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tamper {
    /// Nothing.
    None,
    /// They are made by another key.
    OtherKey,
    /// They are made over something else.
    OtherHash,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The body; what was typed is in it.
    pub body: Value,
    /// The status of the answer.
    pub status: u16,
}

struct Credential {
    id: String,
    user: String,
    key: PathBuf,
    certificate: PathBuf,
    kind: &'static str,
}

struct Authorization {
    credential: String,
    hashes: Vec<Value>,
    polls: usize,
}

impl SigningService {
    /// Starts a service with an authority of its own.
    ///
    /// # Errors
    ///
    /// What OpenSSL or the system says.
    pub fn start(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        for name in ["ca", "other-ca"] {
            openssl(
                folder,
                &[
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=Authority",
                    "-keyout",
                    &format!("{name}.key"),
                    "-out",
                    &format!("{name}.pem"),
                ],
            )?;
        }
        openssl(
            folder,
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-keyout",
                "tls.key",
                "-out",
                "tls.pem",
            ],
        )?;
        fs::write(folder.join("client.secret"), format!("{SECRET}\n"))?;
        let port = free_port()?;
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let tls = http::configuration(&folder.join("tls.pem"), &folder.join("tls.key"))?;
        let state = Arc::new(Mutex::new(ServiceState::new(folder)));
        let served = state.clone();
        thread::spawn(move || http::serve(&listener, &tls, &served));
        Ok(Self { folder: folder.to_owned(), port, state })
    }

    /// Makes a user's two keys; `kind` is OpenSSL's, `RSA` or `EC`.
    ///
    /// # Errors
    ///
    /// What OpenSSL or the Identity Server's `issue` says.
    pub fn add_user(
        &self,
        identity: &Identity,
        user: User,
        name: &str,
        kind: &'static str,
    ) -> Result<()> {
        for purpose in [Purpose::Login, Purpose::Content] {
            let id = format!("{name}-{}", purpose.slot());
            let file = |ending: &str| self.folder.join(format!("{id}.{ending}"));
            let (key, public) = (format!("{id}.key"), format!("{id}.pub"));
            let option = match kind {
                "EC" => "ec_paramgen_curve:P-256",
                _ => "rsa_keygen_bits:2048",
            };
            openssl(
                &self.folder,
                &["genpkey", "-algorithm", kind, "-pkeyopt", option, "-out", &key],
            )?;
            openssl(&self.folder, &["pkey", "-in", &key, "-pubout", "-out", &public])?;
            let (public, certificate) = (file("pub"), file("crt.pem"));
            identity.issue(user, purpose, Certificate::Ordinary, &public, &certificate)?;
            let user = name.to_owned();
            let key = file("key");
            self.state().credentials.push(Credential { id, user, key, certificate, kind });
        }
        Ok(())
    }

    /// The table of a policy, with more keys.
    #[must_use]
    pub fn policy(&self, keys: &str) -> String {
        self.policy_of("ca.pem", keys)
    }

    /// The same, where another authority is named.
    #[must_use]
    pub fn untrusting_policy(&self) -> String {
        self.policy_of("other-ca.pem", "")
    }

    fn policy_of(&self, authority: &str, keys: &str) -> String {
        let base = format!("https://localhost:{}", self.port);
        let file = |name: &str| self.folder.join(name).display().to_string();
        let name = Self::NAME;
        format!(
            "\n[[cards.remote]]\nname = \"{name}\"\nurl = \"{base}/csc/v2\"\n\
             token_url = \"{base}/oauth2/token\"\nauthority = \"{}\"\nclient_id = \"{CLIENT}\"\n\
             client_secret = \"{}\"\n{keys}\n",
            file(authority),
            file("client.secret"),
        )
    }

    /// What it knows and does.
    pub fn state(&self) -> MutexGuard<'_, ServiceState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it was asked since the last time, of one method.
    #[must_use]
    pub fn asked(&self, method: &str) -> Vec<Value> {
        let mut state = self.state();
        let (of_it, others) =
            std::mem::take(&mut state.asked).into_iter().partition(|asked| asked.method == method);
        state.asked = others;
        let of_it: Vec<Asked> = of_it;
        of_it.into_iter().map(|asked| asked.body).collect()
    }

    /// What policy calls it.
    pub const NAME: &str = "Ward signing";

    /// The PIN of every key.
    pub const PIN: &str = "2468";
    /// The code that every phone shows.
    pub const CODE: &str = "738496";
}

impl ServiceState {
    fn new(folder: &Path) -> Self {
        Self {
            on_phone: false,
            phone: Phone::Confirms,
            asynchronous: false,
            status: "valid",
            locked: false,
            runs_out: false,
            busy: false,
            redirects: None,
            tamper: Tamper::None,
            multisign: 10,
            asked: Vec::new(),
            folder: folder.to_owned(),
            credentials: Vec::new(),
            authorizations: HashMap::new(),
            finished: HashMap::new(),
            number: 0,
        }
    }
}

fn openssl(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("openssl");
    run(command.args(arguments).current_dir(folder)).context("openssl")
}

const CLIENT: &str = "ward-7";
const SECRET: &str = "not a secret & known to everybody";
