//! An open dialog: what it shows, and what the user answers.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::{Capability, ErrorCode, Fault, view::RoleView};
use wardkey_smartcard::{CardError, PasscodeState};

use super::{
    super::{Agent, cards::Card, certificate::Chosen},
    Act, Dialogs, of_dialog,
    turn::{Turn, Watched},
};
use crate::{
    dialog::{
        client::Window,
        screen::{Body, CardsBody, ChosenCard, FromDialog, Screen, SetBy, WhoAsks},
        words::{Said, Word},
    },
    interrupt::Interrupt,
};

/// An open dialog, from its first screen to its last.
pub struct Conversation<'a> {
    pub(super) dialogs: &'a Dialogs,
    pub(super) interrupt: &'a Arc<Interrupt>,
    // The window goes first, so that the next dialog does not open over it.
    pub(super) window: Option<Box<dyn Window>>,
    pub(super) turn: Turn,
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

impl Conversation<'_> {
    /// Ends it. Until the window has gone the next dialog waits, and nobody else.
    pub fn close(self) {
        let Self { window, turn, .. } = self;
        turn.is_over();
        let going = (window, turn);
        // Without a thread it goes at once.
        let _ = thread::Builder::new().name("window".to_owned()).spawn(move || drop(going));
    }

    /// Says what is going on.
    ///
    /// # Errors
    ///
    /// The cause of an interrupt.
    pub fn waiting(&mut self, text: impl Into<Said>) -> Result<(), Fault> {
        self.show(Body::Waiting { text: text.into(), stop: false })
    }

    /// Says that all are signed, where the window stays for what is still to be done.
    ///
    /// # Errors
    ///
    /// The cause of an interrupt.
    pub fn signed(&mut self, count: usize) -> Result<(), Fault> {
        if count > 1 { self.show(Body::Signing { done: count, total: count }) } else { Ok(()) }
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
        self.turn.is_about(None);
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
    pub fn watch_card(&mut self, agent: &Arc<Agent>, chosen: &mut Chosen) -> Result<(), Fault> {
        self.watch(agent, &chosen.card);
        let passcode = chosen.card.token.passcode;
        if let Some(error) = out_of_use(passcode) {
            chosen.card.token.passcode = self.put_right(agent, &chosen.card, &error)?;
        }
        self.check()
    }

    /// From now on this card's removal ends the conversation.
    pub(super) fn watch(&mut self, agent: &Arc<Agent>, card: &Card) {
        let (reader, serial) = (card.token.reader.clone(), card.token.serial.clone());
        self.turn.is_about(Some(Watched { reader, serial }));
        agent.watch_token(card);
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
            Act::ChooseCard => Word::ChooseCard.into(),
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

/// Between two looks at what can be chosen.
const CHANGES: Duration = Duration::from_millis(250);
