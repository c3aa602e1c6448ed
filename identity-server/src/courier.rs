//! Tells others that a session ended: what is to be told lies in the database, and is tried until
//! it is told or too old.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tracing::{info, warn};
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

use crate::{
    InternalError, Timestamp,
    delivery::{Delivery, Task},
    identity::Notice,
    oidc::Provider,
};

/// Takes deliveries out.
pub(crate) struct Courier {
    provider: Arc<Provider>,
    http: Agent,
}

/// What is sent.
struct Letter {
    url: String,
    kind: &'static str,
    body: String,
}

impl Courier {
    /// A courier that goes by `http`.
    pub(crate) fn new(provider: Arc<Provider>, http: Agent) -> Self {
        Self { provider, http }
    }

    /// Takes deliveries out for as long as it runs: at once when there is something new, and
    /// otherwise when it is due.
    pub(crate) async fn run(self) {
        let identity = Arc::clone(&self.provider.identity);
        loop {
            match self.round().await {
                Ok(0) => {
                    let something = identity.deliveries.notified();
                    // What another node has left is found by looking.
                    let _ = tokio::time::timeout(LOOKS_EACH, something).await;
                }
                Ok(_) => {}
                Err(error) => {
                    error.log("delivering");
                    tokio::time::sleep(LOOKS_EACH).await;
                }
            }
        }
    }

    /// Takes out what is due; gives how many.
    async fn round(&self) -> Result<usize, InternalError> {
        let identity = &self.provider.identity;
        let now = identity.clock.now();
        let held = now.plus(PATIENCE * 2);
        let due = identity.store.claim_deliveries(now, held, AT_ONCE).await?;
        let count = due.len();
        let mut under_way = JoinSet::new();
        for delivery in due {
            let letter = match self.letter(&delivery).await {
                Ok(letter) => letter,
                Err(error) => {
                    // The others are not to wait for one that can't be written.
                    error.log("writing what is to be told");
                    self.settle(&delivery, false).await?;
                    continue;
                }
            };
            let http = self.http.clone();
            under_way.spawn_blocking(move || {
                let told = letter.is_none_or(|letter| tell(&http, &letter));
                (delivery, told)
            });
        }
        while let Some(done) = under_way.join_next().await {
            let Ok((delivery, told)) = done else { continue };
            self.settle(&delivery, told).await?;
        }
        Ok(count)
    }

    async fn settle(&self, delivery: &Delivery, told: bool) -> Result<(), InternalError> {
        let identity = &self.provider.identity;
        let now = identity.clock.now();
        let too_old = now.since(delivery.made) > GIVEN_UP_AFTER;
        let outcome = match (told, too_old) {
            (true, _) => "told",
            (false, true) => "given_up",
            (false, false) => "failed",
        };
        metrics::counter!("wardkey_deliveries_total", "outcome" => outcome).increment(1);
        if told || too_old {
            if !told {
                warn!(task = ?delivery.task, "nobody could be told that a session ended");
            }
            return Ok(identity.store.remove_delivery(&delivery.id).await?);
        }
        info!(task = ?delivery.task, attempts = delivery.attempts, "to be told again");
        let doubled = u32::try_from(delivery.attempts).unwrap_or(u32::MAX).min(MOST_DOUBLED);
        let wait = FIRST_WAIT * 2_u32.saturating_pow(doubled);
        Ok(identity.store.postpone_delivery(&delivery.id, now.plus(wait)).await?)
    }

    /// `None`: there is nobody to tell any more.
    async fn letter(&self, delivery: &Delivery) -> Result<Option<Letter>, InternalError> {
        match &delivery.task {
            Task::LogoutToken { client, uid, session } => {
                let token = self.provider.logout_token(client, uid, session)?;
                Ok(token.map(|(url, token)| {
                    let body = format!("logout_token={token}");
                    Letter { url, kind: "application/x-www-form-urlencoded", body }
                }))
            }
            Task::SessionNotification { url, session, ticket, cause, at } => {
                let at = Timestamp::from_millis(*at);
                let notice = Notice { session, ticket, cause: *cause, at };
                let body = self.provider.identity.notification(&notice).await?;
                let kind = "text/xml; charset=utf-8";
                Ok(body.map(|body| Letter { url: url.clone(), kind, body }))
            }
        }
    }
}

/// Reaches the servers of relying parties, when one of these authorities (PEM) vouches for them, or,
/// where there is none, one of the system's.
///
/// # Errors
/// That of a file that can't be read.
pub(crate) fn http(authorities: &[PathBuf]) -> Result<Agent, (PathBuf, std::io::Error)> {
    let mut roots = Vec::new();
    for path in authorities {
        let failed = |error: std::io::Error| (path.clone(), error);
        let pem = std::fs::read(path).map_err(failed)?;
        let certificate = Certificate::from_pem(&pem);
        roots.push(certificate.map_err(|error| failed(std::io::Error::other(error)))?);
    }
    if authorities.is_empty() {
        let system = rustls_native_certs::load_native_certs().certs;
        roots.extend(system.iter().map(|der| Certificate::from_der(der).to_owned()));
    }
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let http = Agent::config_builder()
        .tls_config(tls)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .user_agent("wardkey-identity")
        .build()
        .into();
    Ok(http)
}

/// Whether the other side took it (OpenID Connect Back-Channel Logout, section 2.8).
fn tell(http: &Agent, letter: &Letter) -> bool {
    let request = http
        .post(&letter.url)
        .header("content-type", letter.kind)
        .header("cache-control", "no-store");
    request.send(&letter.body).is_ok_and(|response| response.status().is_success())
}

const AT_ONCE: u32 = 32;
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Up to 17 minutes between attempts.
const MOST_DOUBLED: u32 = 11;
const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
const LOOKS_EACH: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(5);
