//! Who is connected: as long as somebody is, the agent stays, and sleeps until it is called.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How many connections there are.
#[derive(Default)]
pub struct Callers {
    connected: Mutex<usize>,
    changed: Condvar,
}

impl Callers {
    /// One more.
    pub fn come(&self) {
        *self.connected() += 1;
        self.changed.notify_all();
    }

    /// One less.
    pub fn leave(&self) {
        *self.connected() -= 1;
        self.changed.notify_all();
    }

    /// Returns when there is none.
    pub fn wait_for_none(&self) {
        let connected = self.connected();
        let none = self.changed.wait_while(connected, |connected| *connected > 0);
        drop(none.unwrap_or_else(PoisonError::into_inner));
    }

    /// Returns `true` as soon as there is any, `false` where there is none for so long.
    pub fn wait_for_any(&self, patience: Duration) -> bool {
        let connected = self.connected();
        let any = self.changed.wait_timeout_while(connected, patience, |connected| *connected == 0);
        *any.unwrap_or_else(PoisonError::into_inner).0 > 0
    }

    fn connected(&self) -> MutexGuard<'_, usize> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
