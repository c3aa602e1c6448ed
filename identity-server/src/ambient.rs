use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Clock, Random, RandomError, Timestamp};

/// The machine's clock and randomness. The program reads them here and nowhere else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ambient;

impl Clock for Ambient {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Random for Ambient {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads randomness")]
    fn fill(&self, octets: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(octets).map_err(|_| RandomError)
    }
}
