use std::{io, time::Duration};

use ureq::Agent;
use wardkey_agent_link::Instance;
use wardkey_revocation::{CacheSettings, Fetch, FetchError, RevocationCache};

/// The revocation lists of this instance, kept on disk between runs.
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
    let settings = CacheSettings { max_age_seconds: MAX_AGE_SECONDS, ..CacheSettings::default() };
    RevocationCache::new(fetch, settings).with_folder(instance.revocation_cache())
}

/// Lists are signed, so they are fetched from wherever their certificate says.
struct PlainHttp(Agent);

impl Fetch for PlainHttp {
    fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
        let failed = |error: ureq::Error| match error {
            ureq::Error::Timeout(_) => FetchError::TimedOut,
            ureq::Error::BodyExceedsLimit(_) => FetchError::TooLarge,
            other => FetchError::Failed(other.to_string()),
        };
        let mut answer = self.0.get(url).call().map_err(failed)?;
        let status = answer.status().as_u16();
        if status != OK {
            return Err(FetchError::Status(status));
        }
        let body = answer.body_mut().with_config().limit(limit as u64).read_to_vec();
        body.map_err(failed)
    }
}

const OK: u16 = 200;
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_REDIRECTS: u32 = 3;
/// A list is asked for again after this long, however long it says that it lasts: a revocation
/// counts from then on.
const MAX_AGE_SECONDS: u64 = 30;
