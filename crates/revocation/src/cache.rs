use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wardkey_pki::{Certificate, Crl, ParseError, UnixTime};

use crate::{Fetch, FetchError, folder::Folder};

/// The revocation lists of distribution points, each fetched when it is first asked for and again
/// when it is due. Thread-safe: callers of one distribution point share one fetch, callers of
/// different ones don't wait for each other.
pub struct RevocationCache {
    fetch: Box<dyn Fetch>,
    settings: CacheSettings,
    folder: Option<Folder>,
    slots: Mutex<HashMap<String, Arc<Mutex<Slot>>>>,
}

/// How long lists and failures are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// Seconds after which a list is fetched again although its nextUpdate lies ahead. If that
    /// fails, the list serves on until its nextUpdate.
    pub max_age_seconds: u64,
    /// Seconds for which a distribution point that failed is not asked again.
    pub retry_after_seconds: u64,
    /// The longest list that is read, in bytes; [`Crl::MAX_BYTES`] at most.
    pub max_bytes: usize,
}

impl Default for CacheSettings {
    /// One hour, half a minute, and [`Crl::MAX_BYTES`].
    fn default() -> Self {
        Self { max_age_seconds: 3600, retry_after_seconds: 30, max_bytes: Crl::MAX_BYTES }
    }
}

/// Why there is no current list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// The distribution point did not answer with a list.
    #[error("the revocation list can't be fetched: {0}")]
    Fetch(#[from] FetchError),
    /// The distribution point's answer is not an acceptable list.
    #[error("the revocation list can't be used: {0}")]
    List(#[from] ParseError),
    /// The distribution point's list is not valid yet or any more.
    #[error("the revocation list, made at {this_update}, is not current")]
    NotCurrent {
        /// When the list was made.
        this_update: UnixTime,
        /// When the next one was due, if that is stated.
        next_update: Option<UnixTime>,
    },
    /// Not a plain `http` or `https` URL.
    #[error("not an http or https address")]
    UnsupportedUrl,
}

/// The lists of several certificates.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Gathered {
    /// The lists that are current, each once.
    pub lists: Vec<Crl>,
    /// The distribution points that gave none, and why.
    pub failures: Vec<(String, RevocationError)>,
}

impl RevocationCache {
    /// A cache in memory.
    #[must_use]
    pub fn new(fetch: impl Fetch + 'static, settings: CacheSettings) -> Self {
        Self { fetch: Box::new(fetch), settings, folder: None, slots: Mutex::default() }
    }

    /// The same, keeping a copy of each list in `folder`, which is made if need be. A copy that
    /// can't be written later costs the next start a download and nothing else.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn with_folder(self, folder: impl Into<PathBuf>) -> io::Result<Self> {
        Ok(Self { folder: Some(Folder::open(folder.into())?), ..self })
    }

    /// The current list of a distribution point; [`Crl::age`] gives its age. Never one whose
    /// nextUpdate has passed.
    ///
    /// # Errors
    /// [`RevocationError`] when there is none, at once if the distribution point failed less than
    /// [`CacheSettings::retry_after_seconds`] ago.
    pub fn list(&self, url: &str, now: UnixTime) -> Result<Crl, RevocationError> {
        if !is_plain_http(url) {
            return Err(RevocationError::UnsupportedUrl);
        }
        let slot = self.slot(url, now);
        let mut slot = lock(&slot);
        slot.used = now;
        if slot.list.is_none() {
            slot.list = self.folder.as_ref().and_then(|folder| Held::from_folder(folder, url));
        }
        if let Some(held) = &slot.list
            && held.list.is_current(now)
            && now.seconds_since(held.fetched) < self.settings.max_age_seconds
        {
            return Ok(held.list.clone());
        }
        match self.refresh(&mut slot, url, now) {
            Ok(list) => Ok(list),
            Err(error) => {
                let held = slot.list.as_ref().filter(|held| held.list.is_current(now));
                held.map(|held| held.list.clone()).ok_or(error)
            }
        }
    }

    /// The current lists of the certificates' distribution points, as many as can be had: where a
    /// certificate names several, those after the first that answers are left alone.
    #[must_use]
    pub fn lists_for<'a>(
        &self,
        certificates: impl IntoIterator<Item = &'a Certificate>,
        now: UnixTime,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        for certificate in certificates {
            for url in certificate.crl_urls().into_iter().take(MAX_POINTS) {
                match self.list(url, now) {
                    Ok(list) => {
                        if !gathered.lists.iter().any(|known| known.der() == list.der()) {
                            gathered.lists.push(list);
                        }
                        break;
                    }
                    Err(error) => gathered.failures.push((url.to_owned(), error)),
                }
            }
        }
        gathered
    }

    /// Drops what is kept of a distribution point, in memory and in the folder: for a list whose
    /// signature turned out not to hold.
    pub fn forget(&self, url: &str) {
        lock(&self.slots).remove(url);
        if let Some(folder) = &self.folder {
            folder.remove(url);
        }
    }

    fn refresh(&self, slot: &mut Slot, url: &str, now: UnixTime) -> Result<Crl, RevocationError> {
        if let Some((failed, error)) = &slot.failure
            && now.seconds_since(*failed) < self.settings.retry_after_seconds
        {
            return Err(error.clone());
        }
        match self.fetch(url, now) {
            Ok(list) => {
                if let Some(folder) = &self.folder {
                    folder.write(url, list.der());
                }
                slot.failure = None;
                slot.list = Some(Held { list: list.clone(), fetched: now });
                Ok(list)
            }
            Err(error) => {
                slot.failure = Some((now, error.clone()));
                Err(error)
            }
        }
    }

    fn fetch(&self, url: &str, now: UnixTime) -> Result<Crl, RevocationError> {
        let limit = self.settings.max_bytes.min(Crl::MAX_BYTES);
        let body = self.fetch.get(url, limit)?;
        if body.len() > limit {
            return Err(FetchError::TooLarge.into());
        }
        let list = Crl::from_der(&body)?;
        if !list.is_current(now) {
            let (this_update, next_update) = (list.this_update(), list.next_update());
            return Err(RevocationError::NotCurrent { this_update, next_update });
        }
        Ok(list)
    }

    fn slot(&self, url: &str, now: UnixTime) -> Arc<Mutex<Slot>> {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(url) {
            return Arc::clone(slot);
        }
        if slots.len() >= MAX_SLOTS {
            // A slot that is locked is in use, and stays.
            let idle =
                slots.iter().filter_map(|(url, slot)| Some((slot.try_lock().ok()?.used, url)));
            let oldest = idle.min().map(|(_, url)| url.clone());
            if let Some(oldest) = oldest {
                slots.remove(&oldest);
            }
        }
        let slot = Slot { list: None, failure: None, used: now };
        Arc::clone(slots.entry(url.to_owned()).or_insert_with(|| Arc::new(Mutex::new(slot))))
    }
}

/// What is known of one distribution point.
struct Slot {
    list: Option<Held>,
    failure: Option<(UnixTime, RevocationError)>,
    used: UnixTime,
}

struct Held {
    list: Crl,
    fetched: UnixTime,
}

impl Held {
    /// When the copy was fetched is not known, so it counts as fetched when the list was made.
    fn from_folder(folder: &Folder, url: &str) -> Option<Self> {
        let list = Crl::from_der(&folder.read(url)?).ok()?;
        Some(Self { fetched: list.this_update(), list })
    }
}

/// Nothing panics while these locks are held, and if it did, each state of a slot is a valid one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_plain_http(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
        && url.len() <= MAX_URL
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The most distribution points of one certificate that are tried.
const MAX_POINTS: usize = 4;
/// The most distribution points that are remembered; the one unused for longest goes first.
const MAX_SLOTS: usize = 64;
/// The longest URL, in bytes.
const MAX_URL: usize = 2048;
