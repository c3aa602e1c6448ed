//! One node over the trial's database, with what talks to it.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use tempfile::TempDir;
use toml::Table;
use wardkey_spine::session_service::{Operation, Outcome, SessionRequest, SessionResponse};
use wardkey_tests::stage::{Node, Site, SoftAgent, SoftCard, SoftSession, User, built};

use super::{ORIGIN, database, untimed};

pub struct OneNode {
    pub agent: SoftAgent,
    pub node: Node,
    program: PathBuf,
    pub folder: TempDir,
}

impl OneNode {
    /// As `init` makes it, with sessions that last.
    pub fn start() -> Result<Self> {
        Self::with(|_| ())
    }

    /// The same; `change` sees the configuration first.
    pub fn with(change: impl FnOnce(&mut Table)) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-identity-").tempdir()?;
        let program = built("wardkey-identity")?;
        let site = Site::init(&program, &folder.path().join("site"), ORIGIN)?;
        let node = site.node("a", &database::of_this_trial(), |config| {
            untimed(config);
            change(config);
        })?;
        let agent = SoftAgent::of(&node, &site.url, &site.authority())?;
        Ok(Self { agent, node, program, folder })
    }

    /// A registered login card.
    pub fn card(&self, user: User) -> Result<SoftCard> {
        SoftCard::issue(&self.program, &self.node, user)
    }

    /// Has an address told when the session ends.
    pub fn listen(&self, session: &SoftSession, url: &str) -> Result<()> {
        let (ticket, url) = (session.ticket()?, url.to_owned());
        let operation = Operation::AddSessionListener { ticket, url };
        let request = SessionRequest { set_id: 1, request_id: 0, operation };
        let reply = self.agent.post("/amserver/sessionservice", &request.write()?)?;
        let outcome = SessionResponse::read(reply.body.as_bytes())?.outcome;
        ensure!(matches!(outcome, Outcome::ListenerAdded), "{reply:?}");
        Ok(())
    }

    /// A session of this user.
    pub fn sign_in(&self, user: User) -> Result<SoftSession> {
        self.agent.sign_in(&self.card(user)?)
    }
}
