//! Who is connected: as long as somebody is, the agent stays, and sleeps until it is called.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many connections there are.
#[derive(Default)]
pub struct Callers {
    connected: Mutex<usize>,
    left: Condvar,
}

impl Callers {
    /// One more.
    pub fn come(&self) {
        *self.connected() += 1;
    }

    /// One less.
    pub fn leave(&self) {
        *self.connected() -= 1;
        self.left.notify_all();
    }

    /// Whether there is any.
    pub fn any(&self) -> bool {
        *self.connected() > 0
    }

    /// Returns when there is none.
    pub fn wait_for_none(&self) {
        let connected = self.connected();
        let none = self.left.wait_while(connected, |connected| *connected > 0);
        drop(none.unwrap_or_else(PoisonError::into_inner));
    }

    fn connected(&self) -> MutexGuard<'_, usize> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
