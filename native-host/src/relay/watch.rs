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
    changed: Condvar,
    tick: Duration,
}

#[derive(Default)]
struct State {
    /// Whether this agent answers questions: one of before them would take each for nonsense.
    answers: bool,
    /// Whether something may be under way.
    busy: bool,
    /// Frames to the agent; as many were there when it was asked last.
    sent: u64,
    asked: u64,
    /// Questions without an answer yet.
    open: u32,
    /// Signs of life.
    heard: u64,
    /// Whether the browser is being told something, and nothing is heard until it reads.
    telling: bool,
}

impl Watch {
    /// Silence is counted in ticks, each of which has to pass while this computer is awake.
    pub fn new(tick: Duration) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), tick }
    }

    /// A frame goes to the agent, before any question that is asked from now on.
    pub fn sends(&self) {
        let mut state = self.state();
        state.sent += 1;
        self.is_busy(&mut state);
    }

    /// A question goes to the agent, after every frame that was sent so far.
    pub fn asks(&self) {
        let mut state = self.state();
        state.asked = state.sent;
        state.open += 1;
    }

    /// A frame came from the agent; whether it is for the browser, which has it by [`Self::told`].
    pub fn hears(&self, frame: &[u8]) -> bool {
        let mut state = self.state();
        state.heard += 1;
        let Some(pulse) = Pulse::of(frame) else {
            state.telling = true;
            return true;
        };
        state.open = state.open.saturating_sub(1);
        state.answers = true;
        match pulse {
            Pulse::Busy => self.is_busy(&mut state),
            // What was sent since it was asked may be under way.
            Pulse::Idle => state.busy &= state.open > 0 || state.sent != state.asked,
        }
        self.changed.notify_one();
        false
    }

    /// The browser has the frame.
    pub fn told(&self) {
        let mut state = self.state();
        state.heard += 1;
        state.telling = false;
    }

    /// Returns once the agent does not answer. `ask` has it asked, and does not wait for that.
    pub fn until_silent(&self, ask: impl Fn()) {
        loop {
            let mut state = self.state();
            while !(state.busy && state.answers) {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let before = state.heard;
            drop(state);
            if !self.is_silent_since(before, BEFORE_ASKING) {
                continue;
            }
            ask();
            if self.is_silent_since(before, BEFORE_GIVING_UP) {
                return;
            }
        }
    }

    fn is_busy(&self, state: &mut State) {
        if !std::mem::replace(&mut state.busy, true) {
            self.changed.notify_one();
        }
    }

    /// Whether nothing more is heard for so many ticks.
    fn is_silent_since(&self, before: u64, ticks: u32) -> bool {
        (0..ticks).all(|_| {
            thread::sleep(self.tick);
            let state = self.state();
            state.heard == before && !state.telling
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
