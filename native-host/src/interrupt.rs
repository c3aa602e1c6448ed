//! What ends a call before its time: the page's cancel, a document that went, a card that was
//! pulled.

use std::sync::{Mutex, MutexGuard, PoisonError};

use wardkey_protocol::ErrorCode;

/// Raised at most once; whoever waits is told at once.
#[derive(Default)]
pub struct Interrupt {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cause: Option<ErrorCode>,
    waiting: Option<Box<dyn FnOnce(ErrorCode) + Send>>,
}

impl Interrupt {
    /// Raises it; a second cause is of no effect.
    pub fn raise(&self, cause: ErrorCode) {
        let mut state = self.state();
        if state.cause.is_some() {
            return;
        }
        state.cause = Some(cause);
        if let Some(wake) = state.waiting.take() {
            drop(state);
            wake(cause);
        }
    }

    /// Why it was raised; `None` while it was not.
    pub fn cause(&self) -> Option<ErrorCode> {
        self.state().cause
    }

    /// `Err` with the cause once it was raised.
    ///
    /// # Errors
    ///
    /// The cause.
    pub fn check(&self) -> Result<(), ErrorCode> {
        self.cause().map_or(Ok(()), Err)
    }

    /// Calls `wake` when it is raised, at once if it was; replaces whoever waited before.
    pub fn when_raised(&self, wake: impl FnOnce(ErrorCode) + Send + 'static) {
        let mut state = self.state();
        match state.cause {
            Some(cause) => {
                drop(state);
                wake(cause);
            }
            None => state.waiting = Some(Box::new(wake)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_first_cause_counts_and_wakes_whoever_waits() {
        let interrupt = Interrupt::default();
        let (sender, receiver) = mpsc::channel();
        assert_eq!(interrupt.check(), Ok(()));
        let waiting = sender.clone();
        interrupt.when_raised(move |cause| waiting.send(cause).unwrap());
        interrupt.raise(ErrorCode::CardRemoved);
        interrupt.raise(ErrorCode::Cancelled);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [ErrorCode::CardRemoved]);
        interrupt.when_raised(move |cause| sender.send(cause).unwrap());
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [ErrorCode::CardRemoved]);
        assert_eq!(interrupt.check(), Err(ErrorCode::CardRemoved));
    }
}
