use std::time::Duration;

use ureq::{Body, http::Response};
use wardkey_revocation::{Fetch, FetchError};

/// Revocation lists and OCSP answers over plain HTTP, as RFC 5280 and RFC 6960 have it: they are
/// signed, so the road need not be trusted.
pub struct HttpLists(ureq::Agent);

impl HttpLists {
    /// A fetcher that follows no redirect.
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .max_redirects(0)
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self(config.new_agent())
    }
}

impl Fetch for HttpLists {
    fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
        body(self.0.get(url).call(), limit)
    }

    fn post(
        &self,
        url: &str,
        media_type: &str,
        sent: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, FetchError> {
        body(self.0.post(url).content_type(media_type).send(sent), limit)
    }
}

fn body(answer: Result<Response<Body>, ureq::Error>, limit: usize) -> Result<Vec<u8>, FetchError> {
    let mut answer = answer.map_err(failed)?;
    match answer.status().as_u16() {
        200 => {
            let limit = u64::try_from(limit).unwrap_or(u64::MAX);
            answer.body_mut().with_config().limit(limit).read_to_vec().map_err(failed)
        }
        status => Err(FetchError::Status(status)),
    }
}

fn failed(error: ureq::Error) -> FetchError {
    match error {
        ureq::Error::BodyExceedsLimit(_) => FetchError::TooLarge,
        ureq::Error::Timeout(_) => FetchError::TimedOut,
        other => FetchError::Failed(other.to_string()),
    }
}

const TIMEOUT: Duration = Duration::from_secs(5);
