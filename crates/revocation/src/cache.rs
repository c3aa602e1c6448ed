mod settings;
mod slot;

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wardkey_pki::{Certificate, Crl, OcspAnswer, OcspError, ParseError, UnixTime};

use crate::{
    Fetch, FetchError,
    answers::{Answers, Question},
    folder::Folder,
};
pub use settings::{CacheSettings, Preference};
use slot::{Held, Slot};

/// The revocation lists of distribution points and the answers of OCSP responders, each fetched
/// when it is first asked for and again when it is due. Thread-safe: callers of one distribution
/// point or answer share one fetch, callers of different ones don't wait for each other.
pub struct RevocationCache {
    fetch: Box<dyn Fetch>,
    settings: CacheSettings,
    folder: Option<Folder>,
    slots: Mutex<HashMap<String, Arc<Mutex<Slot>>>>,
    answers: Answers,
    /// The responder of certificates that name none.
    responder: Option<String>,
}

/// Why there is no current list or answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// The responder's answer is not an acceptable one.
    #[error("the OCSP answer can't be used: {0}")]
    Answer(#[from] OcspError),
    /// The distribution point or responder did not answer.
    #[error("the revocation list or OCSP answer can't be fetched: {0}")]
    Fetch(#[from] FetchError),
    /// The distribution point's answer is not an acceptable list.
    #[error("the revocation list can't be used: {0}")]
    List(#[from] ParseError),
    /// The list or answer is not valid yet or any more.
    #[error("the revocation list or OCSP answer, made at {this_update}, is not current")]
    NotCurrent {
        /// When it was made.
        this_update: UnixTime,
        /// When the next one was due, if that is stated.
        next_update: Option<UnixTime>,
    },
    /// The answer was not accepted a moment ago ([`RevocationCache::refuse_answers`]).
    #[error("the OCSP answer was not accepted")]
    Refused,
    /// The responder does not know the certificate.
    #[error("the responder does not know the certificate")]
    UnknownToResponder,
    /// Not a plain `http` or `https` URL.
    #[error("not an http or https address")]
    UnsupportedUrl,
}

/// The lists and answers of several certificates.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Gathered {
    /// The lists that are current, each once.
    pub lists: Vec<Crl>,
    /// The answers that are current.
    pub answers: Vec<OcspAnswer>,
    /// The distribution points and responders that gave none, and why.
    pub failures: Vec<(String, RevocationError)>,
}

impl RevocationCache {
    /// A cache in memory.
    #[must_use]
    pub fn new(fetch: impl Fetch + 'static, settings: CacheSettings) -> Self {
        Self {
            fetch: Box::new(fetch),
            settings,
            folder: None,
            slots: Mutex::default(),
            answers: Answers::default(),
            responder: None,
        }
    }

    /// The same, asking this OCSP responder for certificates that name none.
    #[must_use]
    pub fn with_responder(self, url: impl Into<String>) -> Self {
        Self { responder: Some(url.into()), ..self }
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &CacheSettings {
        &self.settings
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
        if let Some(list) = slot.current(&self.settings, now) {
            return Ok(list);
        }
        match self.refresh(&mut slot, url, now) {
            Ok(list) => Ok(list),
            Err(error) => {
                let held = slot.list.as_ref().filter(|held| held.list.is_current(now));
                held.map(|held| held.list.clone()).ok_or(error)
            }
        }
    }

    /// The current lists and answers for certificates of which no path is known yet, each by
    /// whichever of `issuers` has the name that it states; without one there are lists alone.
    /// Where a certificate names several distribution points, those after the first that answers
    /// are left alone.
    #[must_use]
    pub fn gather_among<'a>(
        &self,
        certificates: impl IntoIterator<Item = &'a Certificate>,
        issuers: &[&Certificate],
        now: UnixTime,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        for certificate in certificates {
            let issuer = issuers.iter().find(|issuer| issuer.subject() == certificate.issuer());
            match issuer {
                Some(issuer) => self.add(certificate, issuer, &mut gathered, now),
                None => self.add_list(certificate, &mut gathered, now),
            };
        }
        gathered
    }

    /// The current lists and answers for a path, which runs from the end entity to an anchor, as
    /// [`CacheSettings::preference`] says and as many as can be had. Only for paths that are valid
    /// otherwise: the addresses in other certificates are anybody's.
    #[must_use]
    pub fn gather(&self, path: &[Certificate], now: UnixTime) -> Gathered {
        let mut gathered = Gathered::default();
        for pair in path.windows(2) {
            let [certificate, issuer] = pair else { continue };
            // Where nothing is found, path validation says so.
            self.add(certificate, issuer, &mut gathered, now);
        }
        gathered
    }

    /// Drops the answers that are kept for a path, and asks for others only after
    /// [`CacheSettings::retry_after_seconds`]: for answers whose signature turned out not to hold.
    pub fn refuse_answers(&self, path: &[Certificate], now: UnixTime) {
        for pair in path.windows(2) {
            let [certificate, issuer] = pair else { continue };
            for question in Question::of(certificate, issuer, self.responder.as_deref()) {
                self.answers.refuse(&question, now);
            }
        }
    }

    fn add(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        gathered: &mut Gathered,
        now: UnixTime,
    ) -> bool {
        match self.settings.preference {
            Preference::ListsOnly => self.add_list(certificate, gathered, now),
            Preference::ListsFirst => {
                self.add_list(certificate, gathered, now)
                    || self.add_answer(certificate, issuer, gathered, now)
            }
            Preference::AnswersFirst => {
                self.add_answer(certificate, issuer, gathered, now)
                    || self.add_list(certificate, gathered, now)
            }
            Preference::AnswersOnly => self.add_answer(certificate, issuer, gathered, now),
            Preference::Either => {
                self.add_held(certificate, issuer, gathered, now)
                    || self.add_answer(certificate, issuer, gathered, now)
                    || self.add_list(certificate, gathered, now)
            }
        }
    }

    fn add_list(&self, certificate: &Certificate, gathered: &mut Gathered, now: UnixTime) -> bool {
        for url in certificate.crl_urls().into_iter().take(MAX_POINTS) {
            match self.list(url, now) {
                Ok(list) => {
                    gathered.add_list(list);
                    return true;
                }
                Err(error) => gathered.failures.push((url.to_owned(), error)),
            }
        }
        false
    }

    fn add_answer(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        gathered: &mut Gathered,
        now: UnixTime,
    ) -> bool {
        for question in Question::of(certificate, issuer, self.responder.as_deref()) {
            match self.answers.answer(&*self.fetch, &self.settings, &question, now) {
                Ok(answer) => {
                    gathered.answers.push(answer);
                    return true;
                }
                Err(error) => gathered.failures.push((question.url, error)),
            }
        }
        false
    }

    /// What is kept and current; nobody is asked.
    fn add_held(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        gathered: &mut Gathered,
        now: UnixTime,
    ) -> bool {
        for question in Question::of(certificate, issuer, self.responder.as_deref()) {
            if let Some(answer) = self.answers.held(&self.settings, &question, now) {
                gathered.answers.push(answer);
                return true;
            }
        }
        for url in certificate.crl_urls().into_iter().take(MAX_POINTS) {
            let slot = lock(&self.slots).get(url).map(Arc::clone);
            let Some(slot) = slot else { continue };
            if let Some(list) = lock(&slot).current(&self.settings, now) {
                gathered.add_list(list);
                return true;
            }
        }
        false
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

impl Gathered {
    fn add_list(&mut self, list: Crl) {
        if !self.lists.iter().any(|known| known.der() == list.der()) {
            self.lists.push(list);
        }
    }
}

/// Nothing panics while these locks are held, and if it did, each state of a slot is a valid one.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn is_plain_http(url: &str) -> bool {
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
