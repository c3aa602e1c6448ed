//! Talking with the user: one dialog at a time, one a gesture, closed when its page goes or its
//! card is pulled.

mod conversation;
mod new_passcode;
mod passcode;

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use wardkey_protocol::{ErrorCode, Fault};

use super::{
    call::Call,
    port::{Caller, Who},
};
use crate::{
    dialog::{
        client::{Dialog, DialogError, Window},
        screen::{ProgramLine, SetBy, WhoAsks},
    },
    interrupt::Interrupt,
    policy::Policy,
};
use conversation::{Another, Turn};
pub use conversation::{Closing, Conversation};
pub use passcode::Proposal;

/// What a dialog is for.
#[derive(Clone, Debug)]
pub enum Act {
    /// `authenticate`
    Authenticate,
    /// `authorize`
    Authorize {
        /// The relying party's name, as the server signed it.
        relying_party: String,
        /// Whether a session is active, so that the user only confirms who they are.
        again: bool,
    },
    /// A site wants something that its user has to let it do.
    Consent,
    /// `sign_in` into the session that waits for this card.
    Resume,
    /// `select_role`
    SelectRole,
    /// `change_passcode` or `unblock_passcode`
    SetPasscode(SetBy),
    /// `sign`
    Sign {
        /// How many documents.
        documents: usize,
        /// The page's reason.
        reason: Option<String>,
    },
    /// `sign_in`
    SignIn,
}

/// Opens dialogs, one at a time.
pub struct Dialogs {
    timeout: Duration,
    /// How many are opened for one page within the time of the rate.
    limit: usize,
    /// How long one that was interrupted may take to end before the next is `busy`.
    ending: Duration,
    open: Opener,
    state: Mutex<State>,
    /// Told when the open one has ended.
    ended: Condvar,
}

type Opener = Box<dyn Fn() -> Result<Box<dyn Window>, DialogError> + Send + Sync>;

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
}

struct Watched {
    reader: String,
    serial: String,
}

impl Dialogs {
    /// By policy.
    pub fn new(policy: &Policy) -> Self {
        let timeout = policy.dialog.timeout_seconds.map_or(TIMEOUT, Duration::from_secs);
        if let Some(socket) = policy.simulation.answerer().cloned() {
            let open = move || Ok(Box::new(Dialog::simulated(&socket)?) as Box<dyn Window>);
            // There is nobody to be bothered.
            return Self { limit: usize::MAX, ..Self::in_windows(timeout, open) };
        }
        let (pinentry, preferences) = (policy.dialog.pinentry.clone(), policy.dialog.preferences());
        Self::in_windows(timeout, move || {
            Ok(Box::new(Dialog::open(pinentry.as_deref(), &preferences)?))
        })
    }

    /// In windows of any kind.
    pub fn in_windows(
        timeout: Duration,
        open: impl Fn() -> Result<Box<dyn Window>, DialogError> + Send + Sync + 'static,
    ) -> Self {
        let (state, ended) = (Mutex::default(), Condvar::new());
        Self { timeout, limit: RATE_LIMIT, ending: ENDING, open: Box::new(open), state, ended }
    }

    /// Opens a dialog for a call. One that was interrupted, by its page's cancel for example, has
    /// nothing left to say: its end is waited for.
    ///
    /// # Errors
    ///
    /// `busy`, `rate_limited`, the cause of an interrupt, or `internal` where no window can be
    /// opened.
    pub fn begin<'a>(
        &'a self,
        call: &'a Call<'_>,
        caller: &Caller,
        act: Act,
        server: &str,
    ) -> Result<Conversation<'a>, Fault> {
        let within = caller.within.as_deref();
        self.begin_for(call.interrupt, Some(&caller.who), within, act, server)
    }

    /// Opens a dialog for a page, in a frame `within` another's, or a program, or for whoever put a
    /// card in.
    ///
    /// # Errors
    ///
    /// As for [`Dialogs::begin`].
    pub fn begin_for<'a>(
        &'a self,
        interrupt: &'a Arc<Interrupt>,
        who: Option<&Who>,
        within: Option<&str>,
        act: Act,
        server: &str,
    ) -> Result<Conversation<'a>, Fault> {
        self.take_turn(interrupt, who)?;
        let mut conversation = Conversation {
            dialogs: self,
            interrupt,
            window: None,
            turn: Turn(self),
            who: WhoAsks {
                within: within.map(str::to_owned),
                origin: who.and_then(Who::origin).unwrap_or_default().to_owned(),
                program: match who {
                    Some(Who::Program { executable, name }) => {
                        Some(ProgramLine { name: name.clone(), executable: executable.clone() })
                    }
                    Some(Who::Page(_) | Who::User) | None => None,
                },
                user: who == Some(&Who::User),
                server: (!server.is_empty()).then(|| server.to_owned()),
                relying_party: match &act {
                    Act::Authorize { relying_party, .. } => Some(relying_party.clone()),
                    _ => None,
                },
                claims: match &act {
                    Act::Sign { reason, .. } => reason.clone(),
                    _ => None,
                },
            },
            act,
            aside: None,
            another: Another::Not,
            human: Duration::ZERO,
            window_wait: Duration::ZERO,
        };
        let window = (self.open)().map_err(|error| of_dialog(&error))?;
        conversation.window = Some(window);
        Ok(conversation)
    }

    /// A card was pulled: whoever waits for its passcode is told.
    pub fn interrupt_reader(&self, reader: &str, cause: ErrorCode) {
        self.interrupt_where(cause, |card| card.reader == reader);
    }

    /// The same, where the session of a card is taken from its pages.
    pub fn interrupt_card(&self, serial: &str, cause: ErrorCode) {
        self.interrupt_where(cause, |card| card.serial == serial);
    }

    fn interrupt_where(&self, cause: ErrorCode, is_it: impl Fn(&Watched) -> bool) {
        let interrupt = {
            let state = self.state();
            let open = state.open.as_ref().filter(|open| open.card.as_ref().is_some_and(is_it));
            open.map(|open| open.interrupt.clone())
        };
        if let Some(interrupt) = interrupt {
            interrupt.raise(cause);
        }
    }

    fn take_turn(&self, interrupt: &Arc<Interrupt>, who: Option<&Who>) -> Result<(), Fault> {
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
        state.open = Some(Open { interrupt: interrupt.clone(), card: None });
        Ok(())
    }

    /// Waits while the open one was told to end, and has not ended yet.
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

    /// The conversation is over.
    fn give_back(&self) {
        self.state().open = None;
        self.ended.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn is_ending(&self) -> bool {
        self.interrupt.cause().is_some()
    }
}

fn of_dialog(error: &DialogError) -> Fault {
    match error {
        DialogError::TimedOut => ErrorCode::Timeout.into(),
        DialogError::Raised(cause) => (*cause).into(),
        // What plays the service is gone.
        DialogError::NoSimulator => ErrorCode::ReaderServiceMissing.into(),
        other => Fault::new(ErrorCode::Internal).with("reason", other.to_string()),
    }
}

const TIMEOUT: Duration = Duration::from_secs(120);
/// Longer than a module or a service that nobody waits for any more is given.
const ENDING: Duration = Duration::from_secs(4);
const LOOK: Duration = Duration::from_millis(50);
const RATE_WINDOW: Duration = Duration::from_secs(10);
const RATE_LIMIT: usize = 10;

#[cfg(test)]
mod tests;
