use std::{
    fs, thread,
    time::{Duration, Instant},
};

use ureq::Agent;
use wardkey_protocol::ErrorCode;
use wardkey_smartcard::{
    CardError,
    csc::{Answer, ClientSecret, Place, Request, ServiceSettings, Transport},
};
use zeroize::Zeroizing;

use super::http;
use crate::{interrupt::Interrupt, policy::RemotePolicy};

/// HTTPS to one service that keeps keys, pinned to the authority that policy names. It follows no
/// redirects, and takes no address from an answer.
pub struct RemoteHttp {
    base: String,
    token_url: String,
    agent: Result<Agent, String>,
}

impl RemoteHttp {
    /// A client; an authority that cannot be read makes every call fail as untrusted.
    pub fn new(policy: &RemotePolicy) -> Self {
        let agent = http::authorities(&policy.authority).map(http::client);
        Self {
            base: policy.url.trim_end_matches('/').to_owned(),
            token_url: policy.token_url.clone(),
            agent: agent.map_err(|error| format!("{}: {error}", policy.authority.display())),
        }
    }
}

/// What policy says of a service, with the client's secret.
///
/// # Errors
///
/// [`CardError::ServiceUnsupported`] where the secret can't be read.
pub fn service_settings(policy: &RemotePolicy) -> Result<ServiceSettings, CardError> {
    let secret = fs::read_to_string(&policy.client_secret).map_err(|error| {
        let file = policy.client_secret.display();
        CardError::ServiceUnsupported(format!("the client's secret {file}: {error}"))
    })?;
    let secret = Zeroizing::new(secret);
    Ok(ServiceSettings {
        name: policy.name.clone(),
        client_id: policy.client_id.clone(),
        client_secret: ClientSecret::new(secret.trim().to_owned()),
        admit_scal1: policy.admit_scal1,
        patience: policy.patience(),
    })
}

/// That road, for as long as somebody waits for what it brings.
pub struct RemoteRoad<'a> {
    http: &'a RemoteHttp,
    interrupt: Option<&'a Interrupt>,
    begun: Instant,
}

impl<'a> RemoteRoad<'a> {
    /// Until the interrupt is raised.
    pub fn new(http: &'a RemoteHttp, interrupt: Option<&'a Interrupt>) -> Self {
        Self { http, interrupt, begun: Instant::now() }
    }

    fn is_waited_for(&self) -> bool {
        self.interrupt.is_none_or(|interrupt| interrupt.cause().is_none())
    }
}

impl Transport for RemoteRoad<'_> {
    fn post(&mut self, request: &Request<'_>) -> Result<Answer, CardError> {
        if !self.is_waited_for() {
            return Err(CardError::Stopped);
        }
        let untrusted = |reason: &String| CardError::ServiceUntrusted(reason.clone());
        let agent = self.http.agent.as_ref().map_err(untrusted)?;
        let url = match request.place {
            Place::Method(method) => format!("{}/{method}", self.http.base),
            Place::Token => self.http.token_url.clone(),
        };
        let post = agent.post(url).header("Content-Type", request.place.media_type());
        let post = match request.token {
            Some(token) => post.header("Authorization", format!("Bearer {token}")),
            None => post,
        };
        let post = post.config().timeout_global(Some(timeout(request.place))).build();
        let mut answer = post.send(request.body).map_err(|error| refused(&error))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_BODY).read_to_vec();
        let body = Zeroizing::new(body.map_err(|error| refused(&error))?);
        Ok(Answer { status, body })
    }

    fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    fn pause(&mut self, time: Duration) -> bool {
        let end = Instant::now() + time;
        while self.is_waited_for() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(LOOK));
        }
        false
    }
}

fn refused(error: &ureq::Error) -> CardError {
    let reason = error.to_string();
    match http::code_of(error) {
        ErrorCode::ServerUnreachable => CardError::ServiceUnreachable(reason),
        ErrorCode::ServerUntrusted => CardError::ServiceUntrusted(reason),
        _ => CardError::ServiceResponseInvalid(reason),
    }
}

/// A service that signs while it is asked may have the user confirm meanwhile.
fn timeout(place: Place) -> Duration {
    match place {
        Place::Method("signatures/signHash") => SIGNS,
        _ => ANSWERS,
    }
}

const ANSWERS: Duration = Duration::from_secs(10);
const SIGNS: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);
/// In bytes; signatures of a batch at its greatest fit.
const MAX_BODY: u64 = 512 * 1024;
