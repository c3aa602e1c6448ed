//! A relying party on `openid-client` (npm).

use std::{collections::BTreeSet, path::Path, process::Command, time::Duration};

use anyhow::{Result, ensure};

use super::{
    Identity,
    process::{Process, free_port},
};

/// It listens on loopback, and is registered at the server with three clients: `ward` of profile
/// `cis2`, `tablet` which accepts passkeys, and `strict` of profile `fapi2`.
#[derive(Debug)]
pub struct RelyingParty {
    /// Its origin.
    pub origin: String,
    process: Process,
}

impl RelyingParty {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// When npm's packages are missing, or it does not listen in time.
    pub fn start(identity: &Identity) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("outsiders/node");
        ensure!(folder.join("node_modules").exists(), "openid-client: run it by `cargo xtask`");
        let port = free_port()?;
        let mut node = Command::new("node");
        node.arg(folder.join("relying_party.mjs"));
        node.arg(format!("{}/oidc", identity.url())).arg(port.to_string());
        node.env("NODE_EXTRA_CA_CERTS", identity.pki("tls-ca.crt.pem"));
        let mut process = Process::start("relying party", &mut node)?;
        for client in CLIENTS {
            let registration = process.wait_for_line(&format!("\"id\":\"{client}\""), STARTS)?;
            identity.register_client(&registration)?;
        }
        process.say("registered")?;
        process.wait_for_line("ready", STARTS)?;
        Ok(Self { origin: format!("http://localhost:{port}"), process })
    }

    /// Where a user of this client begins.
    #[must_use]
    pub fn login(&self, client: &str) -> String {
        format!("{}/login?client={client}", self.origin)
    }

    /// Waits until these clients have heard that a session is over.
    ///
    /// # Errors
    ///
    /// When one has not in time.
    pub fn wait_for_logouts(&mut self, session: &str, clients: &[&str]) -> Result<()> {
        let mut heard = BTreeSet::new();
        while heard.len() < clients.len() {
            heard.insert(self.process.wait_for_line("logout ", TOLD)?);
        }
        let expected = clients.iter().map(|client| format!("logout {client} {session}"));
        ensure!(heard == expected.collect(), "{heard:?}");
        Ok(())
    }
}

const CLIENTS: [&str; 3] = ["ward", "tablet", "strict"];
const STARTS: Duration = Duration::from_secs(20);
const TOLD: Duration = Duration::from_secs(10);
