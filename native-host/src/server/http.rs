use std::{fs, io, path::Path, sync::Arc, time::Duration};

use ureq::{
    Agent, Error,
    tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider},
};
use wardkey_protocol::{ErrorCode, Fault};

use crate::policy::ServerPolicy;

/// HTTPS to one server, pinned to the authority that policy names. It follows no redirects.
pub struct Http {
    base: String,
    road: Road,
}

enum Road {
    /// The authority cannot be read.
    Closed,
    Https(Agent),
    #[cfg(test)]
    Scripted(Script),
}

/// What answers in a test instead of a server: a path and, where there is one, a body.
#[cfg(test)]
pub type Script = Box<dyn Fn(&str, Option<&str>) -> Result<Answer, Fault> + Send + Sync>;

/// A server's answer.
pub struct Answer {
    /// Whether the status is 2xx.
    pub success: bool,
    /// The body.
    pub body: Vec<u8>,
}

impl Http {
    /// A client; an authority that cannot be read makes every call fail as untrusted.
    pub fn new(policy: &ServerPolicy) -> Self {
        let road = match authorities(&policy.authority) {
            Ok(authorities) => Road::Https(client(authorities)),
            Err(error) => {
                tracing::error!("{}: {error}", policy.authority.display());
                Road::Closed
            }
        };
        Self { base: policy.url.clone(), road }
    }

    /// A server that a test plays.
    #[cfg(test)]
    pub fn scripted(policy: &ServerPolicy, script: Script) -> Self {
        Self { base: policy.url.clone(), road: Road::Scripted(script) }
    }

    /// Gets a path.
    ///
    /// # Errors
    ///
    /// `server_unreachable`, `server_untrusted` or `server_response_invalid`.
    pub fn get(&self, path: &str) -> Result<Answer, Fault> {
        match &self.road {
            Road::Closed => Err(ErrorCode::ServerUntrusted.into()),
            Road::Https(agent) => read(agent.get(format!("{}{path}", self.base)).call()),
            #[cfg(test)]
            Road::Scripted(script) => script(path, None),
        }
    }

    /// Posts to a path.
    ///
    /// # Errors
    ///
    /// As for [`Http::get`].
    pub fn post(&self, path: &str, media_type: &str, body: &str) -> Result<Answer, Fault> {
        self.post_within(TIMEOUT, path, media_type, body)
    }

    /// Posts to a path, where the answer is a small thing to a server that is well.
    ///
    /// # Errors
    ///
    /// As for [`Http::get`].
    pub fn post_soon(&self, path: &str, media_type: &str, body: &str) -> Result<Answer, Fault> {
        self.post_within(SOON, path, media_type, body)
    }

    fn post_within(
        &self,
        timeout: Duration,
        path: &str,
        media_type: &str,
        body: &str,
    ) -> Result<Answer, Fault> {
        match &self.road {
            Road::Closed => Err(ErrorCode::ServerUntrusted.into()),
            Road::Https(agent) => {
                let request = agent.post(format!("{}{path}", self.base));
                let request = request.config().timeout_global(Some(timeout)).build();
                read(request.header("Content-Type", media_type).send(body))
            }
            #[cfg(test)]
            Road::Scripted(script) => script(path, Some(body)),
        }
    }

    /// The path of an address that a server's answer named; only on the pinned server itself.
    ///
    /// # Errors
    ///
    /// `server_response_invalid` for any other server.
    pub fn own_path<'a>(&self, url: &'a str) -> Result<&'a str, Fault> {
        let path = url.strip_prefix(&self.base).filter(|path| path.starts_with('/'));
        path.ok_or_else(|| {
            Fault::new(ErrorCode::ServerResponseInvalid).with("reason", "an address elsewhere")
        })
    }
}

pub(super) fn client(authorities: Vec<Certificate<'static>>) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::new_with_certs(&authorities))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .https_only(true)
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(TIMEOUT))
        .user_agent(concat!("wardkey-host/", env!("CARGO_PKG_VERSION")))
        .proxy(None)
        .build()
        .into()
}

pub(super) fn authorities(file: &Path) -> io::Result<Vec<Certificate<'static>>> {
    let pem = fs::read(file)?;
    let items = ureq::tls::parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate.to_owned()),
        _ => None,
    });
    let authorities: Vec<_> = items.collect();
    if authorities.is_empty() { Err(io::Error::other("no certificate")) } else { Ok(authorities) }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, Error>) -> Result<Answer, Fault> {
    let mut answer = answer.map_err(|error| fault_of(&error))?;
    let success = answer.status().is_success();
    let body = answer.body_mut().with_config().limit(MAX_BODY).read_to_vec();
    Ok(Answer { success, body: body.map_err(|error| fault_of(&error))? })
}

fn fault_of(error: &Error) -> Fault {
    Fault::new(code_of(error)).with("reason", error.to_string())
}

/// Whether the server is away, is another one, or answers beyond bounds.
pub(super) fn code_of(error: &Error) -> ErrorCode {
    match error {
        Error::Rustls(error) => of_tls(error),
        Error::Tls(_) => ErrorCode::ServerUntrusted,
        Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(error) => of_tls(error),
            None => ErrorCode::ServerUnreachable,
        },
        Error::ConnectionFailed | Error::HostNotFound | Error::Timeout(_) => {
            ErrorCode::ServerUnreachable
        }
        _ => ErrorCode::ServerResponseInvalid,
    }
}

fn of_tls(error: &rustls::Error) -> ErrorCode {
    match error {
        rustls::Error::InvalidCertificate(_) => ErrorCode::ServerUntrusted,
        _ => ErrorCode::ServerUnreachable,
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
const TIMEOUT: Duration = Duration::from_secs(15);
/// A user waits for it before there is anything to type.
const SOON: Duration = Duration::from_secs(6);
const MAX_BODY: u64 = 512 * 1024;
