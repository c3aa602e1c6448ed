use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use wardkey_spine::{
    Ticket, role_assertion_path,
    session_service::{Operation, Outcome, SessionRequest, SessionResponse, SessionState},
};

/// The Identity Server, as a relying party sees it. Calls block.
pub trait IdentityServer: Send + Sync {
    /// The RoleAssertion response for a ticket, not verified. `Ok(None)`: the ticket opens nothing.
    ///
    /// # Errors
    /// When the server cannot be reached.
    fn role_assertion(&self, ticket: &Ticket) -> anyhow::Result<Option<Vec<u8>>>;

    /// Whether the session behind a ticket is active. `activity`: the user did something, so the
    /// server's idle time begins anew.
    ///
    /// # Errors
    /// When the server cannot be reached or its answer cannot be read.
    fn is_active(&self, ticket: &Ticket, activity: bool) -> anyhow::Result<bool>;
}

/// The Identity Server over HTTPS, its TLS authority pinned.
pub struct HttpsIdentityServer {
    base: String,
    agent: ureq::Agent,
}

impl HttpsIdentityServer {
    /// The server at this base address, its TLS certificate issued by `authority` (PEM).
    ///
    /// # Errors
    /// When the address is not https or the authority cannot be read.
    pub fn new(base: &str, authority: &[u8]) -> anyhow::Result<Self> {
        anyhow::ensure!(base.starts_with("https://"), "{base} is not an https address");
        let authority = Certificate::from_pem(authority).context("authority of the server")?;
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::new_with_certs(&[authority]))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .https_only(true)
            .max_redirects(0)
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .build()
            .new_agent();
        Ok(Self { base: base.trim_end_matches('/').to_owned(), agent })
    }
}

impl IdentityServer for HttpsIdentityServer {
    fn role_assertion(&self, ticket: &Ticket) -> anyhow::Result<Option<Vec<u8>>> {
        let url = format!("{}{}", self.base, role_assertion_path(ticket).as_str());
        // The error of a request may hold its address, and so the ticket: it is not passed on.
        let answer = self.agent.get(&url).call();
        let mut answer = answer.map_err(|_| anyhow::anyhow!("no answer to RoleAssertion"))?;
        match answer.status().as_u16() {
            200 => {
                let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
                Ok(Some(body.context("the answer to RoleAssertion")?))
            }
            400..=499 => Ok(None),
            status => anyhow::bail!("RoleAssertion answered {status}"),
        }
    }

    fn is_active(&self, ticket: &Ticket, activity: bool) -> anyhow::Result<bool> {
        let ticket = Ticket::parse(ticket.expose())?;
        let request = SessionRequest {
            set_id: 1,
            request_id: 0,
            operation: Operation::GetSession { ticket, reset: activity },
        };
        let url = format!("{}/amserver/sessionservice", self.base);
        let request = self.agent.post(&url).content_type("text/xml").send(request.write()?);
        let mut answer = request.context("session service")?;
        anyhow::ensure!(answer.status() == 200, "session service answered {}", answer.status());
        let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec()?;
        Ok(match SessionResponse::read(&body)?.outcome {
            Outcome::Session(session) => session.state == SessionState::Valid,
            // `Exception`: the ticket opens nothing.
            _ => false,
        })
    }
}

const MAX_ANSWER: u64 = 256 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);
