//! Talking with the user: one dialog at a time, one a gesture, closed when its page goes or its
//! card is pulled.

mod conversation;
mod new_passcode;
mod passcode;
mod turn;

use std::{sync::Arc, time::Duration};

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
use conversation::Another;
pub use conversation::Conversation;
pub use passcode::Proposal;
use turn::Turns;

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
    /// `signing_certificate` without a session, of one of several cards
    ChooseCard,
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
    open: Opener,
    turns: Arc<Turns>,
}

type Opener = Box<dyn Fn() -> Result<Box<dyn Window>, DialogError> + Send + Sync>;

impl Dialogs {
    /// By policy.
    pub fn new(policy: &Policy) -> Self {
        let timeout = policy.dialog.timeout_seconds.map_or(TIMEOUT, Duration::from_secs);
        if let Some(socket) = policy.simulation.answerer().cloned() {
            let open = move || Ok(Box::new(Dialog::simulated(&socket)?) as Box<dyn Window>);
            // There is nobody to be bothered.
            let turns = Turns::new(usize::MAX, ENDING);
            return Self { turns, ..Self::in_windows(timeout, open) };
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
        Self { timeout, open: Box::new(open), turns: Turns::new(RATE_LIMIT, ENDING) }
    }

    /// Opens a dialog for a call.
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
        let turn = self.turns.take(interrupt, who)?;
        let mut conversation = Conversation {
            dialogs: self,
            interrupt,
            window: None,
            turn,
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

    /// Whether somebody is asked something.
    pub fn is_any_open(&self) -> bool {
        self.turns.is_any_open()
    }

    /// Whether somebody is asked something about a token.
    pub fn is_about(&self, reader: &str, serial: &str) -> bool {
        self.turns.is_about(|card| card.reader == reader && card.serial == serial)
    }

    /// A card was pulled: whoever waits for its passcode is told.
    pub fn interrupt_reader(&self, reader: &str, cause: ErrorCode) {
        self.turns.interrupt_where(cause, |card| card.reader == reader);
    }

    /// The same of a token that is in no reader.
    pub fn interrupt_token(&self, reader: &str, serial: &str, cause: ErrorCode) {
        let is_it = |card: &turn::Watched| card.reader == reader && card.serial == serial;
        self.turns.interrupt_where(cause, is_it);
    }

    /// The same, where the session of a card is taken from its pages.
    pub fn interrupt_card(&self, serial: &str, cause: ErrorCode) {
        self.turns.interrupt_where(cause, |card| card.serial == serial);
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
const RATE_LIMIT: usize = 10;

#[cfg(test)]
mod tests;
