//! Who relies on this server by OpenID Connect, and the keys that it signs for them with: kept in
//! the database, so that all nodes have the same, and in memory, so that no request waits for it.

mod wrapping;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tracing::error;
use wardkey_oidc::{Algorithm, Client, KeySet, SigningKey};

pub use wrapping::{WrappingError, WrappingKey};

use crate::{
    Timestamp,
    store::{Store, StoreError},
};

/// A key of the server as it is stored, wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// Its name: the thumbprint of its public half.
    pub id: String,
    /// What it signs: `ES256`, or `RS256` for all of RSA.
    pub algorithm: String,
    /// Its PKCS#8, wrapped.
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub made: Timestamp,
}

/// What is registered, as of some revision.
pub(crate) struct Registered {
    revision: u64,
    /// The clients by id.
    pub(crate) clients: HashMap<String, Arc<Client>>,
    /// The keys.
    pub(crate) keys: KeySet,
}

/// What is registered, kept current.
pub(crate) struct Registry {
    store: Store,
    wrapping: Arc<WrappingKey>,
    current: RwLock<Arc<Registered>>,
}

/// Why the registry can't be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A key can't be made or read.
    #[error(transparent)]
    Key(#[from] wardkey_oidc::KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored key can't be unwrapped.
    #[error(transparent)]
    Wrapping(#[from] WrappingError),
}

impl Registry {
    /// Reads what is registered, and makes the first keys where there are none.
    pub(crate) async fn open(
        store: Store,
        wrapping: Arc<WrappingKey>,
        now: Timestamp,
    ) -> Result<Self, RegistryError> {
        let nothing = Registered { revision: 0, clients: HashMap::new(), keys: KeySet::default() };
        let this = Self { store, wrapping, current: RwLock::new(Arc::new(nothing)) };
        this.rotate(now).await?;
        this.refresh().await?;
        Ok(this)
    }

    /// What is registered now.
    pub(crate) fn current(&self) -> Arc<Registered> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The client of this id; `None`: there is none.
    pub(crate) fn client(&self, id: &str) -> Option<Arc<Client>> {
        self.current().clients.get(id).cloned()
    }

    /// Reads anew what another node, or a command, has changed.
    pub(crate) async fn refresh(&self) -> Result<(), RegistryError> {
        let revision = self.store.registry_revision().await?;
        if revision == self.current().revision {
            return Ok(());
        }
        let registered = Arc::new(self.read(revision).await?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = registered;
        Ok(())
    }

    /// Makes a key of each kind when the newest one has signed long enough. It is published at
    /// once and signs only when everybody has seen it; the first of all signs at once.
    pub(crate) async fn rotate(&self, now: Timestamp) -> Result<(), RegistryError> {
        let stored = self.store.signing_keys().await?;
        for algorithm in KINDS {
            let newest = stored.iter().rev().find(|key| key.algorithm == algorithm.as_str());
            if newest.is_some_and(|key| now.since(key.made) < SIGNS_FOR) {
                continue;
            }
            let pkcs8 = zeroize::Zeroizing::new(SigningKey::generate(algorithm)?);
            let key = SigningKey::from_pkcs8(&pkcs8, 0, u64::MAX)?;
            let wrapped = WrappedKey {
                id: key.kid().to_owned(),
                algorithm: algorithm.as_str().to_owned(),
                wrapped: self.wrapping.wrap(&pkcs8)?,
                made: now,
            };
            let mut unit = self.store.begin().await?;
            unit.put_signing_key(&wrapped).await?;
            unit.commit().await?;
        }
        let before = now.minus(KEPT_FOR);
        if stored.iter().any(|key| key.made < before) {
            let mut unit = self.store.begin().await?;
            unit.sweep_signing_keys(before).await?;
            unit.commit().await?;
        }
        Ok(())
    }

    async fn read(&self, revision: u64) -> Result<Registered, RegistryError> {
        let mut clients = HashMap::new();
        for document in self.store.clients().await? {
            match serde_json::from_str::<Client>(&document) {
                Ok(client) => drop(clients.insert(client.id.clone(), Arc::new(client))),
                Err(error) => error!(%error, "a client's registration can't be read"),
            }
        }
        let stored = self.store.signing_keys().await?;
        let mut keys = Vec::new();
        for (place, key) in stored.iter().enumerate() {
            let is_first = !stored[..place].iter().any(|other| other.algorithm == key.algorithm);
            let from = if is_first { key.made } else { key.made.plus(SEEN_AFTER) };
            let until = key.made.plus(SIGNS_FOR + SEEN_AFTER + OVERLAP);
            let pkcs8 = self.wrapping.unwrap(&key.wrapped)?;
            keys.push(SigningKey::from_pkcs8(&pkcs8, seconds(from), seconds(until))?);
        }
        Ok(Registered { revision, clients, keys: KeySet::new(keys) })
    }
}

fn seconds(time: Timestamp) -> u64 {
    time.millis() / 1000
}

/// One for the agent's requests and `ES256`, one for all of RSA.
const KINDS: [Algorithm; 2] = [Algorithm::Es256, Algorithm::Rs256];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// After this time there is a new key.
const SIGNS_FOR: Duration = DAY.saturating_mul(30);
/// A new key is published for this long before it signs.
const SEEN_AFTER: Duration = DAY;
/// In case that no node runs when a new key is due.
const OVERLAP: Duration = DAY.saturating_mul(365);
/// A key is published for this long; whatever it signed is over by then.
const KEPT_FOR: Duration = DAY.saturating_mul(35);
