//! How often anybody may ask, so that one who asks too much takes nothing from the others.
//!
//! Each node counts for itself: behind a load balancer the limits are as many times higher.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as GovernorClock, Reference as _},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::keyed::DashMapStateStore,
};
use serde::{Deserialize, Serialize};

use crate::{Clock, Timestamp, session::Sha256};

/// How often anybody may ask. A limit of 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Requests a second of one client address, on average; ten seconds' worth may come at once.
    pub requests_per_second: u32,
    /// Logins a minute of one card.
    pub logins_per_minute: u32,
}

/// What counts against [`LimitSettings`].
pub(crate) struct Limits {
    clients: Option<Keyed<IpAddr>>,
    cards: Option<Keyed<Sha256>>,
    clock: Ticks,
}

/// For how long to wait before asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooOften(pub(crate) Duration);

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, Ticks, NoOpMiddleware<Nanos>>;

/// How much of the server's clock has passed. One that is set back passes nothing: who asked before
/// does not wait until it is where it was.
#[derive(Clone)]
struct Ticks {
    clock: Arc<dyn Clock>,
    passed: Arc<Mutex<(Timestamp, Duration)>>,
}

impl Ticks {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let passed = Arc::new(Mutex::new((clock.now(), Duration::ZERO)));
        Self { clock, passed }
    }
}

impl GovernorClock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let now = self.clock.now();
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, total) = *passed;
        *passed = (now, total + now.since(last));
        Nanos::from(passed.1)
    }
}

impl Limits {
    pub(crate) fn new(settings: LimitSettings, clock: Arc<dyn Clock>) -> Self {
        let clock = Ticks::new(clock);
        let clients = NonZeroU32::new(settings.requests_per_second).map(|rate| {
            let burst = rate.saturating_mul(AT_ONCE);
            Keyed::dashmap_with_clock(Quota::per_second(rate).allow_burst(burst), clock.clone())
        });
        let cards = NonZeroU32::new(settings.logins_per_minute)
            .map(|rate| Keyed::dashmap_with_clock(Quota::per_minute(rate), clock.clone()));
        Self { clients, cards, clock }
    }

    /// Counts a request of a client, which has a whole /64 of IPv6 to itself.
    pub(crate) fn request(&self, client: IpAddr) -> Result<(), TooOften> {
        let network = match client.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
            }
        };
        self.count(self.clients.as_ref(), &network)
    }

    /// Counts a login of a card; only one whose signature holds, or anybody could use up another's.
    pub(crate) fn login(&self, certificate: &Sha256) -> Result<(), TooOften> {
        self.count(self.cards.as_ref(), certificate)
    }

    /// Forgets who has not asked for long.
    pub(crate) fn sweep(&self) {
        if let Some(clients) = &self.clients {
            clients.retain_recent();
        }
        if let Some(cards) = &self.cards {
            cards.retain_recent();
        }
    }

    fn count<K: Clone + Eq + std::hash::Hash>(
        &self,
        limiter: Option<&Keyed<K>>,
        key: &K,
    ) -> Result<(), TooOften> {
        let Some(limiter) = limiter else { return Ok(()) };
        limiter.check_key(key).map_err(|refused| {
            let wait = refused.earliest_possible().duration_since(self.clock.now());
            TooOften(Duration::from(wait))
        })
    }
}

/// A hospital may sit behind one address.
impl Default for LimitSettings {
    fn default() -> Self {
        Self { requests_per_second: 500, logins_per_minute: 30 }
    }
}

/// How many seconds' worth of requests may come at once.
const AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

#[cfg(test)]
mod tests;
