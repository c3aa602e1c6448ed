use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use base64ct::{Base64, Encoding as _};
use wardkey_pki::{Certificate, OcspAnswer, OcspHash, OcspRequest, OcspStatus, UnixTime};

use crate::{
    CacheSettings, Fetch, FetchError, RevocationError,
    cache::{is_plain_http, lock},
};

/// The answers of OCSP responders, each fetched when it is first asked for and again when it is
/// due. Asked without a nonce, so that responders can answer from a cache too (RFC 5019).
#[derive(Default)]
pub(crate) struct Answers {
    slots: Mutex<HashMap<Key, Arc<Mutex<Slot>>>>,
}

impl Answers {
    /// The current answer of this responder.
    pub(crate) fn answer(
        &self,
        fetch: &dyn Fetch,
        settings: &CacheSettings,
        question: &Question,
        now: UnixTime,
    ) -> Result<OcspAnswer, RevocationError> {
        if !is_plain_http(&question.url) {
            return Err(RevocationError::UnsupportedUrl);
        }
        let slot = self.slot(question, now);
        // Whoever asks for the same certificate meanwhile waits here for this answer.
        let mut slot = lock(&slot);
        slot.used = now;
        if let Some(held) = &slot.answer
            && held.answer.is_current(now, settings.freshness)
            && now.seconds_since(held.fetched) < settings.max_age_seconds
        {
            return Ok(held.answer.clone());
        }
        match slot.refresh(fetch, settings, question, now) {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let held = slot.answer.as_ref();
                let held = held.filter(|held| held.answer.is_current(now, settings.freshness));
                held.map(|held| held.answer.clone()).ok_or(error)
            }
        }
    }

    /// The answer that is kept, if it counts still; nobody is asked.
    pub(crate) fn held(
        &self,
        settings: &CacheSettings,
        question: &Question,
        now: UnixTime,
    ) -> Option<OcspAnswer> {
        let slot = Arc::clone(lock(&self.slots).get(&question.key())?);
        let slot = lock(&slot);
        let held = slot.answer.as_ref()?;
        let due = now.seconds_since(held.fetched) >= settings.max_age_seconds;
        (!due && held.answer.is_current(now, settings.freshness)).then(|| held.answer.clone())
    }

    /// Drops the answer, and asks for another one only after a while.
    pub(crate) fn refuse(&self, question: &Question, now: UnixTime) {
        let slot = lock(&self.slots).get(&question.key()).map(Arc::clone);
        if let Some(slot) = slot {
            let mut slot = lock(&slot);
            if slot.answer.take().is_some() {
                slot.failure = Some((now, RevocationError::Refused));
            }
        }
    }

    fn slot(&self, question: &Question, now: UnixTime) -> Arc<Mutex<Slot>> {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(&question.key()) {
            return Arc::clone(slot);
        }
        if slots.len() >= MAX_SLOTS {
            // A slot that is locked is in use, and stays.
            let idle =
                slots.iter().filter_map(|(key, slot)| Some((slot.try_lock().ok()?.used, key)));
            let oldest = idle.min().map(|(_, key)| key.clone());
            if let Some(oldest) = oldest {
                slots.remove(&oldest);
            }
        }
        let slot = Slot { answer: None, failure: None, used: now };
        Arc::clone(slots.entry(question.key()).or_insert_with(|| Arc::new(Mutex::new(slot))))
    }
}

/// What is asked, and whom.
pub(crate) struct Question {
    pub(crate) url: String,
    request: OcspRequest,
}

impl Question {
    /// The questions for a certificate: one for each responder that it names, or for `otherwise`
    /// if it names none.
    pub(crate) fn of(
        certificate: &Certificate,
        issuer: &Certificate,
        otherwise: Option<&str>,
    ) -> Vec<Self> {
        let Ok(request) = OcspRequest::new(certificate, issuer, OcspHash::Sha1) else {
            return Vec::new();
        };
        let named = certificate.ocsp_urls().iter().map(String::as_str);
        let otherwise = otherwise.filter(|_| certificate.ocsp_urls().is_empty());
        let urls = named.chain(otherwise).take(MAX_RESPONDERS);
        urls.map(|url| Self { url: url.to_owned(), request: request.clone() }).collect()
    }

    fn key(&self) -> Key {
        (self.url.clone(), self.request.cert_id().to_vec())
    }

    /// The address of a GET (RFC 5019, section 5; RFC 6960, appendix A.1). `None`: too long.
    fn address(&self) -> Option<String> {
        let request = Base64::encode_string(self.request.der());
        let request = request.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let address = format!("{}/{request}", self.url.trim_end_matches('/'));
        (address.len() <= MAX_GET && !self.url.contains(['?', '#'])).then_some(address)
    }

    /// A short question goes by GET, which caches on the way can answer; a responder that refuses
    /// that is asked by POST.
    fn ask(&self, fetch: &dyn Fetch) -> Result<Vec<u8>, FetchError> {
        if let Some(address) = self.address() {
            match fetch.get(&address, OcspAnswer::MAX_BYTES) {
                Err(FetchError::Status(_)) => {}
                other => return other,
            }
        }
        let (kind, body) = (OcspRequest::CONTENT_TYPE, self.request.der());
        fetch.post(&self.url, kind, body, OcspAnswer::MAX_BYTES)
    }
}

/// The responder and the CertID.
type Key = (String, Vec<u8>);

/// What is known of one certificate from one responder.
struct Slot {
    answer: Option<Held>,
    failure: Option<(UnixTime, RevocationError)>,
    used: UnixTime,
}

struct Held {
    answer: OcspAnswer,
    fetched: UnixTime,
}

impl Slot {
    fn refresh(
        &mut self,
        fetch: &dyn Fetch,
        settings: &CacheSettings,
        question: &Question,
        now: UnixTime,
    ) -> Result<OcspAnswer, RevocationError> {
        if let Some((failed, error)) = &self.failure
            && now.seconds_since(*failed) < settings.retry_after_seconds
        {
            return Err(error.clone());
        }
        match fetched(fetch, settings, question, now) {
            Ok(answer) => {
                self.failure = None;
                self.answer = Some(Held { answer: answer.clone(), fetched: now });
                Ok(answer)
            }
            Err(error) => {
                self.failure = Some((now, error.clone()));
                Err(error)
            }
        }
    }
}

fn fetched(
    fetch: &dyn Fetch,
    settings: &CacheSettings,
    question: &Question,
    now: UnixTime,
) -> Result<OcspAnswer, RevocationError> {
    let answer = OcspAnswer::from_der(&question.ask(fetch)?, &question.request)?;
    if !answer.is_current(now, settings.freshness) {
        let (this_update, next_update) = (answer.this_update(), answer.next_update());
        return Err(RevocationError::NotCurrent { this_update, next_update });
    }
    match answer.status() {
        OcspStatus::Unknown => Err(RevocationError::UnknownToResponder),
        _ => Ok(answer),
    }
}

/// The longest address of a GET, in bytes (RFC 5019, section 5).
const MAX_GET: usize = 255;
/// The most responders of one certificate that are asked.
const MAX_RESPONDERS: usize = 4;
/// The most answers that are remembered; the one unused for longest goes first.
const MAX_SLOTS: usize = 1024;
