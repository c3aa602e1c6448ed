//! Fetching and caching of revocation lists and OCSP answers, with their age.
//!
//! [`RevocationCache`] keeps the lists of distribution points in memory and, if asked, in a folder,
//! and the answers of OCSP responders in memory.
//! HTTP is the caller's ([`Fetch`]), as is the clock. Whether a list or answer is signed by whom
//! it should be is judged by `wardkey-pki` with the path: nothing that comes out of the cache is trusted
//! before that.
//!
//! ```
//! use wardkey_pki::{Certificate, Revocation, UnixTime};
//! use wardkey_revocation::{CacheSettings, Fetch, FetchError, RevocationCache};
//!
//! struct NoNetwork;
//! impl Fetch for NoNetwork {
//!     fn get(&self, _url: &str, _limit: usize) -> Result<Vec<u8>, FetchError> {
//!         Err(FetchError::Failed("no network".to_owned()))
//!     }
//! }
//!
//! fn revocation(cache: &RevocationCache, path: &[Certificate], now: UnixTime) -> Revocation {
//!     Revocation::required(cache.gather(path, now).lists)
//! }
//!
//! let cache = RevocationCache::new(NoNetwork, CacheSettings::default());
//! assert!(cache.list("http://crl.example/login.crl", UnixTime::from_seconds(0)).is_err());
//! ```
#![forbid(unsafe_code)]

mod answers;
mod cache;
mod fetch;
mod folder;
mod vouched;

pub use cache::{CacheSettings, Gathered, Preference, RevocationCache, RevocationError};
pub use fetch::{Fetch, FetchError};
pub use vouched::vouched_for;

#[cfg(test)]
mod tests;
