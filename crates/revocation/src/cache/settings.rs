use wardkey_pki::{Crl, OcspFreshness};

/// How long lists, answers and failures are kept, and which are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// Seconds after which a list or answer is fetched again although its nextUpdate lies ahead.
    /// If that fails, the list serves on until its nextUpdate, and the answer while `freshness`
    /// admits it.
    pub max_age_seconds: u64,
    /// Seconds for which a distribution point or responder that failed is not asked again.
    pub retry_after_seconds: u64,
    /// The longest list that is read, in bytes; [`Crl::MAX_BYTES`] at most.
    pub max_bytes: usize,
    /// What [`crate::RevocationCache::gather`] asks for.
    pub preference: Preference,
    /// How old an answer may be; what path validation is told too.
    pub freshness: OcspFreshness,
}

impl Default for CacheSettings {
    /// One hour, half a minute, [`Crl::MAX_BYTES`], lists only, and the default freshness.
    fn default() -> Self {
        Self {
            max_age_seconds: 3600,
            retry_after_seconds: 30,
            max_bytes: Crl::MAX_BYTES,
            preference: Preference::default(),
            freshness: OcspFreshness::default(),
        }
    }
}

/// Whether lists or answers are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preference {
    /// An answer, and a list where there is none: each person is told of to the responder, and
    /// little is fetched.
    AnswersFirst,
    /// An answer; no list is fetched.
    AnswersOnly,
    /// What is kept already, and otherwise as [`Preference::AnswersFirst`].
    Either,
    /// A list, and an answer where there is none.
    ListsFirst,
    /// A list; no responder is asked.
    #[default]
    ListsOnly,
}
