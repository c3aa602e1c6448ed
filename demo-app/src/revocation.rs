use std::time::Duration;

/// Where revocation lists come from. Calls block.
pub trait RevocationLists: Send + Sync {
    /// The list at this address, as it came: who vouches for it is for the caller to check.
    ///
    /// # Errors
    /// When the list cannot be had.
    fn fetch(&self, url: &str) -> anyhow::Result<Vec<u8>>;
}

/// Lists over plain HTTP, as RFC 5280 has it: they are signed, so the road need not be trusted.
pub struct HttpLists(ureq::Agent);

impl HttpLists {
    /// A fetcher that follows no redirect.
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self(config.new_agent())
    }
}

impl RevocationLists for HttpLists {
    fn fetch(&self, url: &str) -> anyhow::Result<Vec<u8>> {
        anyhow::ensure!(url.starts_with("http://"), "not an http address");
        let mut answer = self.0.get(url).call()?;
        anyhow::ensure!(answer.status() == 200, "answered {}", answer.status());
        Ok(answer.body_mut().with_config().limit(MAX_LIST).read_to_vec()?)
    }
}

const MAX_LIST: u64 = 4 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);
