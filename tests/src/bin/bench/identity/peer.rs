//! `oidc-provider` (npm) beside ours, in turn. Tokens of clients it keeps in its memory; ours carry what
//! they say under a MAC, and of the database they need only what is revoked, which is in memory too.
//! Users' tokens, each of a session, are in ours in its database always: beside SQLite the peer has them
//! in its memory, beside PostgreSQL in PostgreSQL too.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::{
    figure::{Figure, median},
    stage::{Process, Site, built, free_port},
};

use super::{CONNECTIONS, ORIGIN, RUN, RUNS, WARM_UP, load::Load, plain};

/// The peer with users who are signed in.
pub struct Users {
    /// Questions about their tokens.
    pub introspections: Load,
    _process: Process,
}

impl Users {
    /// Starts it; in its memory without a database.
    pub fn sign_in(count: usize, database: Option<&str>) -> Result<Self> {
        let (peer, tokens) = peer(count, database)?;
        ensure!(tokens.len() == count, "{} tokens", tokens.len());
        let own = format!("client_id={CLIENT}&client_secret={SECRET}");
        let ask = |token: &String| form(peer.introspection, &format!("{own}&token={token}"));
        let introspections = Load {
            address: peer.address,
            requests: tokens.iter().map(ask).collect(),
            expected: "\"active\":true",
        };
        Ok(Self { introspections, _process: peer._process })
    }
}

/// Who is asked for tokens, and about them.
struct Provider {
    address: String,
    token: &'static str,
    introspection: &'static str,
    _process: Process,
}

/// Rates of ours and of the peer's.
#[derive(Default)]
struct Compared {
    ours: Vec<f64>,
    peer: Vec<f64>,
}

impl Compared {
    fn push(&mut self, ours: f64, peer: f64) {
        self.ours.push(ours);
        self.peer.push(peer);
    }

    fn figure(self, name: &str) -> Figure {
        beside(Figure::new("identity", name, "/s", median(self.ours)), median(self.peer))
    }
}

/// A rate beside the peer's, and what it has to be of it.
pub fn beside(figure: Figure, peer: f64) -> Figure {
    figure.beside("oidc-provider", peer).at_least_times(TIMES)
}

/// Client-credential tokens and introspections of them a second.
pub fn measure(folder: &Path) -> Result<Vec<Figure>> {
    let (ours, (peer, _)) = (ours(folder)?, peer(0, None)?);
    let (mut tokens, mut introspections) = (Compared::default(), Compared::default());
    // The first run is to warm up.
    for time in std::iter::once(WARM_UP).chain([RUN; RUNS]) {
        let (here, there) = (rates(&ours, time)?, rates(&peer, time)?);
        if time == RUN {
            tokens.push(here.0, there.0);
            introspections.push(here.1, there.1);
        }
    }
    Ok(vec![
        tokens.figure("client-credential tokens"),
        introspections.figure("introspections of clients' tokens"),
    ])
}

/// Tokens a second, then introspections a second.
fn rates(provider: &Provider, time: Duration) -> Result<(f64, f64)> {
    let own = format!("client_id={CLIENT}&client_secret={SECRET}");
    let load = |requests: Vec<Vec<u8>>, expected| Load {
        address: provider.address.clone(),
        requests: requests.into(),
        expected,
    };
    let ask = form(provider.token, &format!("{own}&grant_type=client_credentials"));
    let tokens = load(vec![ask], "access_token").at_most(CONNECTIONS, time)?.rate;
    let mut known = Vec::new();
    for _ in 0..KNOWN {
        let token = token(provider, &own)?;
        known.push(form(provider.introspection, &format!("{own}&token={token}")));
    }
    let introspections = load(known, "\"active\":true").at_most(CONNECTIONS, time)?.rate;
    Ok((tokens, introspections))
}

fn form(path: &str, body: &str) -> Vec<u8> {
    Load::post(path, "application/x-www-form-urlencoded", "", body)
}

fn token(provider: &Provider, own: &str) -> Result<String> {
    let url = format!("http://{}{}", provider.address, provider.token);
    let form = format!("{own}&grant_type=client_credentials");
    let mut reply = ureq::post(url).content_type("application/x-www-form-urlencoded").send(form)?;
    let answer: Value = serde_json::from_str(&reply.body_mut().read_to_string()?)?;
    Ok(answer["access_token"].as_str().context("no token")?.to_owned())
}

fn ours(folder: &Path) -> Result<Provider> {
    let program = built("wardkey-identity")?;
    let site = Site::init(&program, &folder.join("peer/site"), ORIGIN)?;
    let node = site.node("a", "wardkey.db", plain)?;
    let file = node.folder().join("client.json");
    let client = json!({
        "id": CLIENT, "name": "Bench", "profile": "cis2", "grant_types": ["client_credentials"],
        "authentication": {
            "method": "client_secret_post", "secret_sha256": wardkey_oidc::secret_hash(SECRET),
        },
    });
    std::fs::write(&file, client.to_string())?;
    node.command(&["client", "add", &file.display().to_string()])?;
    std::thread::sleep(SEEN);
    let address = node.url.trim_start_matches("http://").replace("localhost", "127.0.0.1");
    let (token, introspection) = ("/oidc/access_token", "/oidc/introspect");
    Ok(Provider { address, token, introspection, _process: node.into_process()? })
}

/// The peer, and the tokens of so many users.
fn peer(users: usize, database: Option<&str>) -> Result<(Provider, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("outsiders/node");
    ensure!(folder.join("node_modules").exists(), "oidc-provider is missing: use `cargo xtask`");
    let port = free_port()?;
    let mut node = Command::new("node");
    node.arg(folder.join("oidc_provider.mjs")).args([&port.to_string(), CLIENT, SECRET]);
    node.arg(users.to_string()).args(database);
    node.env("NODE_ENV", "production").stderr(std::process::Stdio::null());
    let mut process = Process::start("oidc-provider", &mut node)?;
    let ready = process.wait_for_line("ready", STARTS)?;
    let tokens = ready.split(' ').skip(1).map(str::to_owned).collect();
    let (token, introspection) = ("/token", "/token/introspection");
    let address = format!("127.0.0.1:{port}");
    Ok((Provider { address, token, introspection, _process: process }, tokens))
}

const CLIENT: &str = "bench";
const SECRET: &str = "c4a1f0d29e7b48b3a6d5c2e19f8073ab6e5d4c3b2a190817";
/// Tokens that are asked about, in turn.
const KNOWN: usize = 100;
/// A node looks each second for what commands changed.
const SEEN: Duration = Duration::from_millis(2500);
const STARTS: Duration = Duration::from_secs(20);
const TIMES: f64 = 5.0;
