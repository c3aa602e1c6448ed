//! How much of pages' documents the agent holds: counted before anything is received.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wardkey_protocol::{ErrorCode, Fault};

use super::port::PortId;

/// The octets that are held, by port.
pub struct Held {
    limit: usize,
    ports: Mutex<HashMap<PortId, usize>>,
}

/// Octets that may be held as long as this lives.
pub struct Reservation {
    held: Arc<Held>,
    port: PortId,
    octets: usize,
}

impl Held {
    /// Nothing is held, and never more than `limit` octets for all ports.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, ports: Mutex::default() })
    }

    /// Takes room for a call's documents; `most` is what one port may have.
    ///
    /// # Errors
    ///
    /// `transfers_full` with the limit.
    pub fn reserve(
        self: &Arc<Self>,
        port: PortId,
        octets: usize,
        most: usize,
    ) -> Result<Reservation, Fault> {
        let mut ports = self.ports();
        let all: usize = ports.values().sum();
        let own = ports.get(&port).copied().unwrap_or_default();
        for (of, before, limit) in [("page", own, most), ("agent", all, self.limit)] {
            if before.saturating_add(octets) > limit {
                let full = Fault::new(ErrorCode::TransfersFull);
                return Err(full.with("of", of).with("limit", limit));
            }
        }
        *ports.entry(port).or_default() += octets;
        Ok(Reservation { held: self.clone(), port, octets })
    }

    /// Whether nothing is held.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.ports().is_empty()
    }

    fn ports(&self) -> MutexGuard<'_, HashMap<PortId, usize>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    /// How many they are.
    pub fn octets(&self) -> usize {
        self.octets
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut ports = self.held.ports();
        if let Some(own) = ports.get_mut(&self.port) {
            *own = own.saturating_sub(self.octets);
            if *own == 0 {
                ports.remove(&self.port);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardkey_protocol::limits::MAX_HELD;

    #[test]
    fn room_is_bounded_for_a_port_and_for_all_and_given_back() {
        let held = Held::new(MAX_HELD);
        let port = |port| PortId { connection: 1, port };
        let most = MAX_HELD * 2 / 3;
        let limit = |refused: Result<Reservation, Fault>| {
            let fault = refused.err().unwrap();
            assert_eq!(fault.code, ErrorCode::TransfersFull);
            (fault.details["of"].clone(), fault.details["limit"].clone())
        };
        let first = held.reserve(port(1), most, most).unwrap();
        assert_eq!(limit(held.reserve(port(1), 1, most)), ("page".into(), most.into()));
        assert_eq!(limit(held.reserve(port(2), most, most)), ("agent".into(), MAX_HELD.into()));
        assert_eq!(limit(held.reserve(port(2), usize::MAX, usize::MAX)).0, "agent");
        drop(first);
        let _second = held.reserve(port(2), most, most).unwrap();
        assert_eq!(held.ports().len(), 1);
    }
}
