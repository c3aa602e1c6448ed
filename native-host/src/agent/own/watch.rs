use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use wardkey_protocol::{hop::ToExtension, own::Changed};

use crate::agent::{Agent, outbound::Outbound};

/// The browsers whose own pages show how things stand, by their connections.
#[derive(Default)]
pub struct Watchers(Mutex<HashMap<u64, Outbound>>);

impl Watchers {
    /// One more.
    pub fn add(&self, connection: u64, outbound: Outbound) {
        self.all().insert(connection, outbound);
    }

    /// One less.
    pub fn remove(&self, connection: u64) {
        self.all().remove(&connection);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<u64, Outbound>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agent {
    /// What the extension's own pages show may have changed.
    pub(in super::super) fn own_changed(&self) {
        for outbound in self.watchers.all().values() {
            outbound.send(&ToExtension::Changed(Changed {}));
        }
    }
}
