use std::time::Duration;

use ureq::{Agent, Body, http::Response};
use wardkey_revocation::{Fetch, FetchError};

/// Gets revocation lists and OCSP answers over plain HTTP; they are signed. Redirects are not followed.
pub(crate) struct HttpFetch(Agent);

impl HttpFetch {
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent("wardkey-identity");
        Self(config.build().into())
    }
}

impl Fetch for HttpFetch {
    fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
        plain(url)?;
        body(self.0.get(url).call(), limit)
    }

    fn post(
        &self,
        url: &str,
        media_type: &str,
        sent: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, FetchError> {
        plain(url)?;
        body(self.0.post(url).content_type(media_type).send(sent), limit)
    }
}

fn plain(url: &str) -> Result<(), FetchError> {
    if url.starts_with("http://") {
        return Ok(());
    }
    Err(FetchError::Failed("only plain http is fetched".to_owned()))
}

fn body(answer: Result<Response<Body>, ureq::Error>, limit: usize) -> Result<Vec<u8>, FetchError> {
    let mut response = answer.map_err(failed)?;
    if response.status() != 200 {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    // One octet more, since the client refuses a body that just fills its limit.
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    response.body_mut().with_config().limit(limit).read_to_vec().map_err(failed)
}

fn failed(error: ureq::Error) -> FetchError {
    match error {
        ureq::Error::BodyExceedsLimit(_) => FetchError::TooLarge,
        ureq::Error::Timeout(_) => FetchError::TimedOut,
        other => FetchError::Failed(other.to_string()),
    }
}

/// Well below what a login may take.
const TIMEOUT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
