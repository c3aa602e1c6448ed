//! The keys that clients publish themselves (`jwks_uri`): fetched when they are needed, kept for a
//! while, and fetched again when an assertion is not signed by one of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tracing::warn;
use ureq::Agent;

use crate::Timestamp;

/// Keys of clients, as they were published last.
pub(crate) struct ClientKeys {
    http: Agent,
    known: Mutex<HashMap<String, Arc<Place>>>,
}

/// One address; who waits for it holds up nobody who waits for another.
#[derive(Default)]
struct Place(tokio::sync::Mutex<Published>);

#[derive(Default)]
struct Published {
    asked: Option<Timestamp>,
    keys: Option<(Timestamp, Arc<Value>)>,
}

impl ClientKeys {
    pub(super) fn new(http: Agent) -> Self {
        Self { http, known: Mutex::default() }
    }

    /// The keys at an address, an hour old at most. `None`: they can't be had.
    pub(super) async fn at(&self, uri: &str, now: Timestamp) -> Option<Arc<Value>> {
        self.published(uri, now, KEPT_FOR).await
    }

    /// The keys at an address, asked for again unless that was just now. `None`: they can't be had.
    pub(super) async fn again(&self, uri: &str, now: Timestamp) -> Option<Arc<Value>> {
        self.published(uri, now, AGAIN_AFTER).await
    }

    async fn published(&self, uri: &str, now: Timestamp, max_age: Duration) -> Option<Arc<Value>> {
        let place = self.place(uri);
        let mut published = place.0.lock().await;
        let fresh = |(at, _): &&(Timestamp, Arc<Value>)| *at <= now && now.since(*at) < max_age;
        if let Some((_, keys)) = published.keys.as_ref().filter(fresh) {
            return Some(Arc::clone(keys));
        }
        let just_asked = published.asked.is_some_and(|at| at <= now && now.since(at) < AGAIN_AFTER);
        if !just_asked {
            published.asked = Some(now);
            let (http, address) = (self.http.clone(), uri.to_owned());
            match tokio::task::spawn_blocking(move || fetch(&http, &address)).await {
                Ok(Ok(keys)) => published.keys = Some((now, Arc::new(keys))),
                Ok(Err(error)) => warn!(uri, error, "a client's keys can't be fetched"),
                Err(error) => warn!(uri, %error, "a client's keys can't be fetched"),
            }
        }
        // Those of before stand in while the client's server is away, for a day.
        let usable = |(at, _): &&(Timestamp, Arc<Value>)| now.since(*at) < STANDS_IN_FOR;
        published.keys.as_ref().filter(usable).map(|(_, keys)| Arc::clone(keys))
    }

    fn place(&self, uri: &str) -> Arc<Place> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(uri.to_owned()).or_default())
    }
}

fn fetch(http: &Agent, uri: &str) -> Result<Value, String> {
    let mut answer = http.get(uri).call().map_err(|error| error.to_string())?;
    if answer.status() != 200 {
        return Err(format!("HTTP status {}", answer.status()));
    }
    let octets = answer.body_mut().with_config().limit(MAX_SET).read_to_vec();
    let octets = octets.map_err(|error| error.to_string())?;
    serde_json::from_slice(&octets).map_err(|error| error.to_string())
}

const KEPT_FOR: Duration = Duration::from_secs(60 * 60);
/// Whoever makes assertions up makes the server ask no oftener.
const AGAIN_AFTER: Duration = Duration::from_secs(10);
const STANDS_IN_FOR: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_SET: u64 = 64 * 1024;
