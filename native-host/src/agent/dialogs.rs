//! Talking with the user: one dialog at a time, one a gesture, closed when its page goes or its
//! card is pulled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use wardkey_protocol::{ErrorCode, Fault, view::RoleView};
use wardkey_smartcard::{
    CardError, Passcode, PasscodeState,
    csc::{Ask, AskKind},
};

use super::{
    Agent,
    call::Call,
    certificate::Chosen,
    fault,
    port::{Caller, Who},
    remote::Remote,
    signing::Refusal,
};
use crate::{
    dialog::{
        client::{Dialog, DialogError, Window},
        screen::{
            AskLine, Body, CardLine, CardsBody, ChosenCard, ContentItem, FromDialog, PasscodeBody,
            ProgramLine, Screen, Tries, TypedWhere, WhoAsks,
        },
        words::{Said, Word},
    },
    interrupt::Interrupt,
    policy::DialogPolicy,
};

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
    /// `sign_in` into the session that waits for this card.
    Resume,
    /// `select_role`
    SelectRole,
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
    state: Mutex<State>,
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
    pub fn new(policy: &DialogPolicy) -> Self {
        let timeout = policy.timeout_seconds.map_or(TIMEOUT, Duration::from_secs);
        let (pinentry, preferences) = (policy.pinentry.clone(), policy.preferences());
        Self::in_windows(timeout, move || {
            Ok(Box::new(Dialog::open(pinentry.as_deref(), &preferences)?))
        })
    }

    /// In windows of any kind.
    pub fn in_windows(
        timeout: Duration,
        open: impl Fn() -> Result<Box<dyn Window>, DialogError> + Send + Sync + 'static,
    ) -> Self {
        Self { timeout, open: Box::new(open), state: Mutex::default() }
    }

    /// Opens a dialog for a call.
    ///
    /// # Errors
    ///
    /// `busy`, `rate_limited`, or `internal` where no window can be opened.
    pub fn begin<'a>(
        &'a self,
        call: &'a Call<'_>,
        caller: &Caller,
        act: Act,
        server: &str,
    ) -> Result<Conversation<'a>, Fault> {
        self.begin_for(call.interrupt, Some(&caller.who), act, server)
    }

    /// Opens a dialog for a page or a program, or for whoever put a card in.
    ///
    /// # Errors
    ///
    /// As for [`Dialogs::begin`].
    pub fn begin_for<'a>(
        &'a self,
        interrupt: &'a Arc<Interrupt>,
        who: Option<&Who>,
        act: Act,
        server: &str,
    ) -> Result<Conversation<'a>, Fault> {
        self.take_turn(interrupt, who)?;
        // From here on the turn is given back when the conversation is dropped.
        let mut conversation = Conversation {
            dialogs: self,
            interrupt,
            window: None,
            who: WhoAsks {
                origin: who.and_then(Who::origin).unwrap_or_default().to_owned(),
                program: match who {
                    Some(Who::Program { executable, name }) => {
                        Some(ProgramLine { name: name.clone(), executable: executable.clone() })
                    }
                    Some(Who::Page(_)) | None => None,
                },
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
        let now = Instant::now();
        let mut state = self.state();
        if state.open.is_some() {
            return Err(ErrorCode::Busy.into());
        }
        let recent = state.recent.entry(who.cloned()).or_default();
        recent.retain(|at| now.saturating_duration_since(*at) < RATE_WINDOW);
        if recent.len() >= RATE_LIMIT {
            return Err(ErrorCode::RateLimited.into());
        }
        recent.push(now);
        state.open = Some(Open { interrupt: interrupt.clone(), card: None });
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the user agreed to.
pub struct Consent {
    /// The passcode; empty where it is typed at the reader.
    pub passcode: Passcode,
    /// Documents that the user left out, by their place in the list.
    pub left_out: Vec<usize>,
}

/// What a user is asked to agree to.
#[derive(Default)]
pub struct Proposal<'a> {
    /// What is signed; empty for a sign-in.
    pub content: &'a [ContentItem],
    /// What else there is to know.
    pub note: Option<Said>,
}

/// Told how many of how many documents are signed.
pub type OnProgress<'a> = dyn FnMut(usize, usize) + 'a;

/// An open dialog, from its first screen to its last.
pub struct Conversation<'a> {
    dialogs: &'a Dialogs,
    interrupt: &'a Arc<Interrupt>,
    window: Option<Box<dyn Window>>,
    who: WhoAsks,
    act: Act,
    another: Another,
    /// How long the user took, so far.
    human: Duration,
    /// How long a screen waited for the window, so far.
    window_wait: Duration,
}

/// Whether the user may take another card than the one that was chosen for them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Another {
    Not,
    Offered,
    Wanted,
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        // The window first, so that the next dialog does not open over it.
        self.window = None;
        self.dialogs.state().open = None;
    }
}

impl Conversation<'_> {
    /// Says what is going on.
    ///
    /// # Errors
    ///
    /// The cause of an interrupt.
    pub fn waiting(&mut self, text: impl Into<Said>) -> Result<(), Fault> {
        self.show(Body::Waiting { text: text.into(), stop: false })
    }

    /// From now on the user may take another card where they are asked for a passcode.
    pub fn offer_another_card(&mut self) {
        self.another = Another::Offered;
    }

    /// Whether they wanted that the last time.
    pub fn wants_another_card(&self) -> bool {
        self.another == Another::Wanted
    }

    /// Lets the user choose a card. `None` where the choice has changed meanwhile.
    ///
    /// # Errors
    ///
    /// The user's.
    pub fn ask_card(
        &mut self,
        body: CardsBody,
        changed: impl Fn() -> bool,
    ) -> Result<Option<ChosenCard>, Fault> {
        // No card is the one that it is about.
        if let Some(open) = &mut self.dialogs.state().open {
            open.card = None;
        }
        self.another = Another::Not;
        self.show(Body::Cards(Box::new(body)))?;
        let end = Instant::now() + self.dialogs.timeout;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.answer_within(left.min(CHANGES)) {
                Ok(FromDialog::Card(chosen)) => return Ok(Some(chosen)),
                Ok(_) => return Err(ErrorCode::Internal.into()),
                Err(fault) if fault.code == ErrorCode::Timeout && left > CHANGES => {
                    if changed() {
                        return Ok(None);
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// From now on this card's removal ends the conversation.
    ///
    /// # Errors
    ///
    /// `passcode_blocked` for a card that takes no passcode any more.
    pub fn watch_card(&mut self, chosen: &Chosen) -> Result<(), Fault> {
        if let Some(open) = &mut self.dialogs.state().open {
            let token = &chosen.card.token;
            let (reader, serial) = (token.reader.clone(), token.serial.clone());
            open.card = Some(Watched { reader, serial });
        }
        if chosen.card.token.passcode.blocked {
            return Err(ErrorCode::PasscodeBlocked.into());
        }
        self.check()
    }

    /// What is raised when the conversation should end.
    pub fn interrupt(&self) -> Arc<Interrupt> {
        self.interrupt.clone()
    }

    /// How long the user took to answer, so far.
    pub fn human(&self) -> Duration {
        self.human
    }

    /// How long screens waited for the window, so far.
    pub fn window_wait(&self) -> Duration {
        self.window_wait
    }

    /// Whether to go on.
    ///
    /// # Errors
    ///
    /// The cause of an interrupt.
    pub fn check(&self) -> Result<(), Fault> {
        self.interrupt.check().map_err(Fault::from)
    }

    /// Asks for the passcode and does something with it, again for as long as it is wrong.
    ///
    /// # Errors
    ///
    /// The user's, the card's, or what the act says.
    pub fn with_passcode<T>(
        &mut self,
        agent: &Agent,
        chosen: &Chosen,
        proposal: &Proposal<'_>,
        mut act: impl FnMut(&Consent, &mut OnProgress<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Fault> {
        let mut state = chosen.card.token.passcode;
        let mut wrong = false;
        let mut consent = Consent { passcode: Passcode::new(String::new()), left_out: Vec::new() };
        let remote = chosen.card.remote.as_ref();
        loop {
            let challenges = agent.cards.prepare(&chosen.card, self.interrupt);
            let challenges = challenges
                .map_err(|error| self.check().err().unwrap_or_else(|| fault::of_card(&error)))?;
            let mut body = self.passcode_screen(chosen, state, wrong, proposal, &consent.left_out);
            if let Some(remote) = remote {
                body.asks = asks(remote, challenges);
            }
            self.show(Body::Passcode(Box::new(body)))?;
            let (typed, left_out) = match self.answer()? {
                FromDialog::AnotherCard if self.another == Another::Offered => {
                    self.another = Another::Wanted;
                    return Err(ErrorCode::UserCancelled.into());
                }
                FromDialog::Passcode { typed, left_out } => (typed.into_inner(), left_out),
                // It is typed at the reader.
                FromDialog::Consented { left_out } => (String::new(), left_out),
                _ => return Err(ErrorCode::Internal.into()),
            };
            consent = Consent { passcode: Passcode::new(typed), left_out };
            match remote {
                Some(Remote { holder, .. }) => {
                    let text = Said::from(Word::WaitingForService).with(&holder.service);
                    self.show(Body::Waiting { text, stop: true })?;
                }
                None => self.waiting(Word::WorkingWithCard)?,
            }
            if let Some(window) = &mut self.window {
                window.stop_with(self.interrupt);
            }
            // A window that has gone does not keep the card from signing.
            let mut progress = |done, total| {
                // A service signs all at once, when the user has confirmed.
                if remote.is_none() {
                    drop(self.show(Body::Signing { done, total }));
                }
            };
            match act(&consent, &mut progress) {
                Ok(done) => return Ok(done),
                Err(Refusal::Card(CardError::PasscodeWrong { tries_left })) => {
                    wrong = true;
                    state.tries_left = tries_left;
                    state.last_try = tries_left == Some(1);
                }
                Err(Refusal::Card(CardError::PasscodeLength { min, max })) => {
                    (state.min_length, state.max_length) = (min, max);
                }
                // A card that was pulled fails in many ways; the watch knows the reason.
                Err(refusal) => {
                    let fault = match refusal {
                        Refusal::Card(error) => fault::of_card(&error),
                        Refusal::Fault(fault) => fault,
                    };
                    return Err(self.check().err().unwrap_or(fault));
                }
            }
        }
    }

    /// Lets the user choose a role; its id.
    ///
    /// # Errors
    ///
    /// The user's.
    pub fn ask_role(
        &mut self,
        user: &str,
        roles: &[RoleView],
        preselected: Option<&str>,
    ) -> Result<String, Fault> {
        self.show(Body::Roles {
            user: user.to_owned(),
            roles: roles.to_vec(),
            preselected: preselected.map(str::to_owned),
        })?;
        match self.answer()? {
            FromDialog::Role { id } if roles.iter().any(|role| role.id == id) => Ok(id),
            _ => Err(ErrorCode::Internal.into()),
        }
    }

    fn passcode_screen(
        &self,
        chosen: &Chosen,
        state: PasscodeState,
        wrong: bool,
        proposal: &Proposal<'_>,
        left_out: &[usize],
    ) -> PasscodeBody {
        let remote = chosen.card.remote.as_ref();
        let has_pinentry = self.window.as_ref().is_some_and(|window| window.has_pinentry());
        PasscodeBody {
            card: CardLine {
                holder: chosen.holder(),
                reader: chosen.card.token.reader.clone(),
                kept: remote.is_some(),
            },
            tries: Tries { left: state.tries_left, wrong, last: state.last_try },
            min_length: state.min_length,
            max_length: state.max_length,
            typed: match (remote, state.pin_pad, has_pinentry) {
                (Some(remote), ..) if remote.asks.is_empty() => TypedWhere::Elsewhere,
                // A pinentry program asks for one thing, and knows of cards alone.
                (Some(_), ..) | (None, false, false) => TypedWhere::Here,
                (None, true, _) => TypedWhere::Reader,
                (None, false, true) => TypedWhere::Pinentry,
            },
            asks: Vec::new(),
            another: self.another == Another::Offered && proposal.note.is_none(),
            content: proposal.content.to_vec(),
            left_out: left_out.to_vec(),
            note: proposal.note.clone(),
        }
    }

    fn show(&mut self, body: Body) -> Result<(), Fault> {
        self.check()?;
        let screen = Screen { title: self.title(), who_asks: self.who.clone(), body };
        let window = self.window.as_mut().ok_or(ErrorCode::Internal)?;
        window.show(screen).map_err(|error| of_dialog(&error))
    }

    fn answer(&mut self) -> Result<FromDialog, Fault> {
        self.answer_within(self.dialogs.timeout)
    }

    fn answer_within(&mut self, time: Duration) -> Result<FromDialog, Fault> {
        let window = self.window.as_mut().ok_or(ErrorCode::Internal)?;
        let asked = Instant::now();
        let answer = window.answer(time, self.interrupt);
        // What the user could not see yet, they could not answer.
        let visible = window.painted().map_or(asked, |painted| painted.max(asked));
        self.window_wait += visible.duration_since(asked);
        self.human += visible.elapsed();
        match answer {
            Ok(FromDialog::Cancelled) => Err(ErrorCode::UserCancelled.into()),
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.check().err().unwrap_or_else(|| of_dialog(&error))),
        }
    }

    fn title(&self) -> Said {
        match &self.act {
            Act::Authenticate | Act::Authorize { again: true, .. } => Word::ConfirmWhoYouAre.into(),
            Act::Resume => Word::ResumeSession.into(),
            Act::SelectRole => Word::ChooseRole.into(),
            Act::Sign { documents, .. } => Said::counted(Word::SignTitle, *documents),
            Act::Authorize { .. } | Act::SignIn => Word::SignIn.into(),
        }
    }
}

/// What a service has the user type.
fn asks(remote: &Remote, challenges: Vec<Option<String>>) -> Vec<AskLine> {
    let line = |(ask, challenge): (&Ask, Option<String>)| AskLine {
        one_time: ask.kind == AskKind::OneTime,
        label: ask.label.clone(),
        challenge,
    };
    remote.asks.iter().zip(challenges).map(line).collect()
}

fn of_dialog(error: &DialogError) -> Fault {
    match error {
        DialogError::TimedOut => ErrorCode::Timeout.into(),
        DialogError::Raised(cause) => (*cause).into(),
        other => Fault::new(ErrorCode::Internal).with("reason", other.to_string()),
    }
}

const TIMEOUT: Duration = Duration::from_secs(120);
/// Between two looks at what can be chosen.
const CHANGES: Duration = Duration::from_millis(250);
const RATE_WINDOW: Duration = Duration::from_secs(10);
const RATE_LIMIT: usize = 10;
