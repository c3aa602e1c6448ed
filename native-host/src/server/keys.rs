use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::{PublicKey, pkcs8::EncodePublicKey as _};
use wardkey_protocol::{
    ErrorCode, Fault,
    authorize_api::{KEYS_PATH, ServerKey, ServerKeys},
};

use super::ServerClient;

/// The keys that a server signs requests with, as it published them last.
#[derive(Default)]
pub struct Keys(Mutex<Option<Published>>);

struct Published {
    /// DER SubjectPublicKeyInfo by key id.
    keys: HashMap<String, Vec<u8>>,
    at: Instant,
}

impl ServerClient {
    /// The server's key of an id, as DER SubjectPublicKeyInfo, fetched over the pinned connection;
    /// `None` when the server has no such key.
    ///
    /// # Errors
    ///
    /// The server's, where the keys have to be fetched.
    pub(super) fn key(&self, id: &str, now: Instant) -> Result<Option<Vec<u8>>, Fault> {
        self.keys.find(id, now, || {
            let answer = self.http.get(KEYS_PATH)?;
            let keys = answer.success.then(|| ServerKeys::read(&answer.body)).flatten();
            keys.ok_or_else(|| {
                Fault::new(ErrorCode::ServerResponseInvalid).with("reason", "no keys")
            })
        })
    }
}

impl Keys {
    /// An id that is not known makes the keys be fetched anew, as the server may have a new one;
    /// but not soon again, as whoever makes up ids must not make us ask the server each time.
    fn find(
        &self,
        id: &str,
        now: Instant,
        fetch: impl FnOnce() -> Result<ServerKeys, Fault>,
    ) -> Result<Option<Vec<u8>>, Fault> {
        // Held while fetching: who comes meanwhile waits for these keys and fetches none.
        let mut published = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Published { keys, at }) = &*published {
            let age = now.saturating_duration_since(*at);
            let key = keys.get(id);
            if age < PAUSE || (age < KEPT && key.is_some()) {
                return Ok(key.cloned());
            }
        }
        let keys = fetch()?.keys.iter().filter_map(readable).collect::<HashMap<_, _>>();
        let key = keys.get(id).cloned();
        *published = Some(Published { keys, at: now });
        Ok(key)
    }
}

/// `None` for what is no point of the curve.
fn readable(key: &ServerKey) -> Option<(String, Vec<u8>)> {
    let mut point = vec![UNCOMPRESSED];
    for coordinate in [&key.x, &key.y] {
        let octets = Base64UrlUnpadded::decode_vec(coordinate).ok();
        point.extend(octets.filter(|octets| octets.len() == COORDINATE)?);
    }
    let der = PublicKey::from_sec1_bytes(&point).ok()?.to_public_key_der().ok()?;
    Some((key.kid.clone(), der.into_vec()))
}

/// The first octet of an uncompressed point (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 4;
const COORDINATE: usize = 32;
const PAUSE: Duration = Duration::from_secs(30);
/// A key that the server withdraws counts no longer than this.
const KEPT: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests;
