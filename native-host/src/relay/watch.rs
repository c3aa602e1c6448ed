//! Whether the agent still answers. As long as something may be under way, an agent that says nothing
//! for a while is asked, and one that says nothing then is given up.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use wardkey_agent_link::Pulse;

/// What went over the connection.
pub struct Watch {
    state: Mutex<State>,
    sent: Condvar,
    tick: Duration,
}

#[derive(Default)]
struct State {
    /// Frames to the agent and from it.
    sent: u64,
    heard: u64,
    /// Frames to the agent before it was asked last.
    asked: u64,
    /// Whether something may be under way.
    busy: bool,
}

impl Watch {
    /// Silence is counted in ticks, each of which has to pass while this computer is awake.
    pub fn new(tick: Duration) -> Self {
        Self { state: Mutex::default(), sent: Condvar::new(), tick }
    }

    /// A frame is about to go to the agent.
    pub fn sends(&self) {
        let mut state = self.state();
        state.sent += 1;
        if !std::mem::replace(&mut state.busy, true) {
            self.sent.notify_one();
        }
    }

    /// A frame came from the agent; whether it is for the browser.
    pub fn hears(&self, frame: &[u8]) -> bool {
        let mut state = self.state();
        state.heard += 1;
        let pulse = Pulse::of(frame);
        // What was sent since it was asked may be under way.
        if pulse == Some(Pulse::Idle) && state.sent == state.asked {
            state.busy = false;
        }
        pulse.is_none()
    }

    /// Returns once the agent does not answer. `ask` asks it, and does not wait for that.
    pub fn until_silent(&self, ask: impl Fn()) {
        loop {
            let mut state = self.state();
            while !state.busy {
                state = self.sent.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let before = state.heard;
            drop(state);
            if !self.is_silent_since(before, BEFORE_ASKING) {
                continue;
            }
            let mut state = self.state();
            state.asked = state.sent;
            // An agent may have answered before this goes on.
            let before = state.heard;
            drop(state);
            ask();
            if self.is_silent_since(before, BEFORE_GIVING_UP) {
                return;
            }
        }
    }

    /// Whether nothing more is heard for so many ticks.
    fn is_silent_since(&self, before: u64, ticks: u32) -> bool {
        (0..ticks).all(|_| {
            thread::sleep(self.tick);
            self.state().heard == before
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const BEFORE_ASKING: u32 = 5;
const BEFORE_GIVING_UP: u32 = 5;

#[cfg(test)]
mod tests;
