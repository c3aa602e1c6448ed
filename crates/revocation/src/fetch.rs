use std::sync::Arc;

/// Gets bytes by HTTP; what the caller brings.
///
/// An implementation sets a time limit, follows redirects only to `http` and `https`, sends no
/// credentials, and reads no more than `limit` bytes.
pub trait Fetch: Send + Sync {
    /// The body of the answer to a GET of `url`, of at most `limit` bytes.
    ///
    /// # Errors
    /// [`FetchError`] for anything but a complete body with status 200.
    fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError>;

    /// The body of the answer to a POST of `body`, of this media type, to `url`, of at most
    /// `limit` bytes; redirects are not followed. Whoever fetches lists alone leaves it out.
    ///
    /// # Errors
    /// [`FetchError`] for anything but a complete body with status 200.
    fn post(
        &self,
        url: &str,
        media_type: &str,
        body: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, FetchError> {
        let _ = (url, media_type, body, limit);
        Err(FetchError::Failed("POST is not supported".to_owned()))
    }
}

impl<F: Fetch + ?Sized> Fetch for Arc<F> {
    fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
        (**self).get(url, limit)
    }

    fn post(
        &self,
        url: &str,
        media_type: &str,
        body: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, FetchError> {
        (**self).post(url, media_type, body, limit)
    }
}

/// Why a fetch gave nothing; the server's or the network's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection, or it broke; in the words of the HTTP client.
    #[error("no answer: {0}")]
    Failed(String),
    /// A status other than 200.
    #[error("HTTP status {0}")]
    Status(u16),
    /// No complete answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// A body longer than the limit.
    #[error("the answer is too large")]
    TooLarge,
}
