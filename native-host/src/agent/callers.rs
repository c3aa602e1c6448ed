//! Who is connected: as long as somebody is, the agent stays, and sleeps until it is called.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How many connections there are.
#[derive(Default)]
pub struct Callers {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    connected: usize,
    comings: u64,
}

/// One caller; dropping it says that they have gone, however that came.
pub struct Present(Arc<Callers>);

/// How many had come at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comings(u64);

impl Callers {
    /// One more.
    pub fn come(self: &Arc<Self>) -> Present {
        let mut state = self.state();
        state.connected += 1;
        state.comings += 1;
        self.changed.notify_all();
        Present(self.clone())
    }

    /// Returns when there is none.
    pub fn wait_for_none(&self) -> Comings {
        let none = self.changed.wait_while(self.state(), |state| state.connected > 0);
        Comings(none.unwrap_or_else(PoisonError::into_inner).comings)
    }

    /// Returns `true` as soon as any has come since, though they may have gone again; `false` where
    /// none has for so long.
    pub fn wait_for_any(&self, since: Comings, patience: Duration) -> bool {
        let none = |state: &mut State| state.comings == since.0;
        let any = self.changed.wait_timeout_while(self.state(), patience, none);
        any.unwrap_or_else(PoisonError::into_inner).0.comings != since.0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.state().connected -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
