//! An open dialog: what it shows, and what the user answers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wardkey_protocol::{Capability, ErrorCode, Fault, view::RoleView};
use wardkey_smartcard::{
    CardError, Passcode, PasscodeState, Token,
    csc::{Ask, AskKind},
};

use super::{
    super::{Agent, certificate::Chosen, fault, remote::Remote, signing::Refusal},
    Act, Dialogs, Watched, of_dialog,
};
use crate::{
    dialog::{
        client::Window,
        screen::{
            AskLine, Body, CardLine, CardsBody, ChosenCard, ContentItem, FromDialog, PasscodeBody,
            Screen, SetBy, Tries, TypedWhere, WhoAsks,
        },
        words::{Said, Word},
    },
    interrupt::Interrupt,
};

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
    pub(super) dialogs: &'a Dialogs,
    pub(super) interrupt: &'a Arc<Interrupt>,
    pub(super) window: Option<Box<dyn Window>>,
    pub(super) who: WhoAsks,
    pub(super) act: Act,
    /// A passcode that is set meanwhile.
    pub(super) aside: Option<SetBy>,
    pub(super) another: Another,
    /// How long the user took, so far.
    pub(super) human: Duration,
    /// How long a screen waited for the window, so far.
    pub(super) window_wait: Duration,
}

/// Whether the user may take another card than the one that was chosen for them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Another {
    Not,
    Offered,
    Wanted,
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        // The window first, so that the next dialog does not open over it.
        self.window = None;
        self.dialogs.give_back();
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

    /// From now on this card's removal ends the conversation. One whose passcode is blocked or has
    /// to be changed is put right first, where the user wants that.
    ///
    /// # Errors
    ///
    /// `passcode_blocked` or `passcode_expired` for a card that is left so.
    pub fn watch_card(&mut self, agent: &Agent, chosen: &mut Chosen) -> Result<(), Fault> {
        self.watch(&chosen.card.token);
        let passcode = chosen.card.token.passcode;
        if let Some(error) = out_of_use(passcode) {
            chosen.card.token.passcode = self.put_right(agent, &chosen.card, &error)?;
        }
        self.check()
    }

    /// From now on this card's removal ends the conversation.
    pub(super) fn watch(&mut self, token: &Token) {
        if let Some(open) = &mut self.dialogs.state().open {
            let (reader, serial) = (token.reader.clone(), token.serial.clone());
            open.card = Some(Watched { reader, serial });
        }
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
        let (mut wrong, mut note) = (false, proposal.note.clone());
        let mut consent = Consent { passcode: Passcode::new(String::new()), left_out: Vec::new() };
        let remote = chosen.card.remote.as_ref();
        loop {
            let challenges = agent.cards.prepare(&chosen.card, self.interrupt);
            let challenges = challenges
                .map_err(|error| self.check().err().unwrap_or_else(|| fault::of_card(&error)))?;
            let mut body = self.passcode_screen(chosen, state, wrong, proposal, &consent.left_out);
            body.note.clone_from(&note);
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
                Err(Refusal::Card(
                    error @ (CardError::PasscodeBlocked | CardError::PasscodeExpired),
                )) => {
                    state = self.put_right(agent, &chosen.card, &error)?;
                    (wrong, note) = (false, Some(Word::TypeNewPasscode.into()));
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

    /// Asks whether the site may do something.
    ///
    /// # Errors
    ///
    /// `user_cancelled` where it may not; the dialog's.
    pub fn ask_consent(&mut self, capabilities: &[Capability]) -> Result<(), Fault> {
        self.show(Body::Consent { capabilities: capabilities.to_vec() })?;
        match self.answer()? {
            FromDialog::LetDo => Ok(()),
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
            note: None,
        }
    }

    pub(super) fn show(&mut self, body: Body) -> Result<(), Fault> {
        self.check()?;
        let title = match body {
            Body::Consent { .. } => Word::LetSite.into(),
            _ => self.title(),
        };
        let screen = Screen { title, who_asks: self.who.clone(), body };
        let window = self.window.as_mut().ok_or(ErrorCode::Internal)?;
        window.show(screen).map_err(|error| of_dialog(&error))
    }

    pub(super) fn answer(&mut self) -> Result<FromDialog, Fault> {
        self.answer_within(self.dialogs.timeout)
    }

    pub(super) fn answer_within(&mut self, time: Duration) -> Result<FromDialog, Fault> {
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
        if let Some(by) = self.aside {
            return title_of(by).into();
        }
        match &self.act {
            Act::Authenticate | Act::Authorize { again: true, .. } => Word::ConfirmWhoYouAre.into(),
            Act::Consent => Word::LetSite.into(),
            Act::Resume => Word::ResumeSession.into(),
            Act::SelectRole => Word::ChooseRole.into(),
            Act::SetPasscode(by) => title_of(*by).into(),
            Act::Sign { documents, .. } => Said::counted(Word::SignTitle, *documents),
            Act::Authorize { .. } | Act::SignIn => Word::SignIn.into(),
        }
    }
}

/// Why a card is of no use before its passcode is set.
fn out_of_use(passcode: PasscodeState) -> Option<CardError> {
    match () {
        () if passcode.blocked => Some(CardError::PasscodeBlocked),
        () if passcode.expired => Some(CardError::PasscodeExpired),
        () => None,
    }
}

fn title_of(by: SetBy) -> Word {
    match by {
        SetBy::Passcode => Word::ChangePasscode,
        SetBy::UnblockingKey => Word::UnblockCard,
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

/// Between two looks at what can be chosen.
const CHANGES: Duration = Duration::from_millis(250);
