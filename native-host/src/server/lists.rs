use std::{io, time::Duration};

use ureq::{Agent, Body, http::Response};
use wardkey_agent_link::Instance;
use wardkey_revocation::{CacheSettings, Fetch, FetchError, Preference, RevocationCache};

/// What is known of revocation in this instance: lists, kept on disk between runs, and responders'
/// answers where there is no list.
///
/// # Errors
///
/// Where their folder cannot be made.
pub fn revocation_cache(instance: &Instance) -> io::Result<RevocationCache> {
    let fetch = PlainHttp(
        Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(MAX_REDIRECTS)
            .proxy(None)
            .build()
            .into(),
    );
    let settings = CacheSettings {
        max_age_seconds: MAX_AGE_SECONDS,
        preference: Preference::ListsFirst,
        ..CacheSettings::default()
    };
    RevocationCache::new(fetch, settings).with_folder(instance.revocation_cache())
}

/// Lists and answers are signed, so they are fetched from wherever their certificate says.
struct PlainHttp(Agent);

impl Fetch for PlainHttp {
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
    let status = answer.status().as_u16();
    if status != OK {
        return Err(FetchError::Status(status));
    }
    answer.body_mut().with_config().limit(limit as u64).read_to_vec().map_err(failed)
}

fn failed(error: ureq::Error) -> FetchError {
    match error {
        ureq::Error::Timeout(_) => FetchError::TimedOut,
        ureq::Error::BodyExceedsLimit(_) => FetchError::TooLarge,
        other => FetchError::Failed(other.to_string()),
    }
}

const OK: u16 = 200;
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_REDIRECTS: u32 = 3;
/// A list is asked for again after this long, however long it says that it lasts: a revocation
/// counts from then on.
const MAX_AGE_SECONDS: u64 = 30;
