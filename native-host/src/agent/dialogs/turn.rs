//! One dialog at a time: whose turn it is, and when the next one may come.

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use wardkey_protocol::{ErrorCode, Fault};

use super::super::port::Who;
use crate::interrupt::Interrupt;

/// The turns that dialogs take.
pub struct Turns {
    /// How many are opened for one page within the time of the rate.
    limit: usize,
    /// How long one that is about to end may take to before the next is `busy`.
    ending: Duration,
    state: Mutex<State>,
    /// Told when the open one has ended.
    ended: Condvar,
}

/// The turn of one dialog; dropping it gives it back.
pub struct Turn(Arc<Turns>);

/// A card that a dialog is about.
pub struct Watched {
    pub reader: String,
    pub serial: String,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// `None`: cards that were put in.
    recent: HashMap<Option<Who>, Vec<Instant>>,
}

struct Open {
    interrupt: Arc<Interrupt>,
    /// The card that it is about, once it is known.
    card: Option<Watched>,
    /// All is said; the window is on its way out.
    over: bool,
}

impl Turns {
    pub fn new(limit: usize, ending: Duration) -> Arc<Self> {
        let (state, ended) = (Mutex::default(), Condvar::new());
        Arc::new(Self { limit, ending, state, ended })
    }

    /// Takes the turn. One that was interrupted, by its page's cancel for example, or that is over,
    /// has nothing left to say: its end is waited for.
    ///
    /// # Errors
    ///
    /// `busy`, `rate_limited`, or the cause of an interrupt.
    pub fn take(
        self: &Arc<Self>,
        interrupt: &Arc<Interrupt>,
        who: Option<&Who>,
    ) -> Result<Turn, Fault> {
        let mut state = self.wait_for_end(interrupt)?;
        if state.open.is_some() {
            return Err(ErrorCode::Busy.into());
        }
        let now = Instant::now();
        let recent = state.recent.entry(who.cloned()).or_default();
        recent.retain(|at| now.saturating_duration_since(*at) < RATE_WINDOW);
        if recent.len() >= self.limit {
            return Err(ErrorCode::RateLimited.into());
        }
        recent.push(now);
        state.open = Some(Open { interrupt: interrupt.clone(), card: None, over: false });
        Ok(Turn(self.clone()))
    }

    /// Whether somebody has the turn.
    pub fn is_any_open(&self) -> bool {
        self.state().open.is_some()
    }

    /// Whether the open dialog's card is such a one.
    pub fn is_about(&self, is_it: impl Fn(&Watched) -> bool) -> bool {
        self.state().open.as_ref().and_then(|open| open.card.as_ref()).is_some_and(is_it)
    }

    /// Interrupts the open dialog where its card is such a one.
    pub fn interrupt_where(&self, cause: ErrorCode, is_it: impl Fn(&Watched) -> bool) {
        let interrupt = {
            let state = self.state();
            let open = state.open.as_ref().filter(|open| open.card.as_ref().is_some_and(is_it));
            open.map(|open| open.interrupt.clone())
        };
        if let Some(interrupt) = interrupt {
            interrupt.raise(cause);
        }
    }

    /// Waits while the open one has no more to say, and has not ended yet.
    fn wait_for_end(&self, interrupt: &Interrupt) -> Result<MutexGuard<'_, State>, Fault> {
        let end = Instant::now() + self.ending;
        let mut state = self.state();
        loop {
            interrupt.check()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || !state.open.as_ref().is_some_and(Open::is_ending) {
                return Ok(state);
            }
            // Whoever waits here may be interrupted too.
            let waited = self.ended.wait_timeout(state, left.min(LOOK));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// From now on the dialog is about this card, or about none.
    pub fn is_about(&self, card: Option<Watched>) {
        if let Some(open) = &mut self.0.state().open {
            open.card = card;
        }
    }

    /// All is said: whoever comes next waits until the window has gone.
    pub fn is_over(&self) {
        if let Some(open) = &mut self.0.state().open {
            open.over = true;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.state().open = None;
        self.0.ended.notify_all();
    }
}

impl Open {
    fn is_ending(&self) -> bool {
        self.over || self.interrupt.cause().is_some()
    }
}

const LOOK: Duration = Duration::from_millis(50);
const RATE_WINDOW: Duration = Duration::from_secs(10);
