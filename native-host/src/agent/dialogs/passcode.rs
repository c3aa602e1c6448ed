//! The passcode is asked for, with what it is for, and used: again for as long as it is wrong.

use wardkey_protocol::{ErrorCode, Fault};
use wardkey_smartcard::{
    CardError, Passcode, PasscodeState,
    csc::{Ask, AskKind},
};

use super::{
    super::{Agent, certificate::Chosen, fault, remote::Remote, signing::Refusal},
    Another, Conversation,
};
use crate::dialog::{
    screen::{AskLine, Body, CardLine, ContentItem, FromDialog, PasscodeBody, Tries, TypedWhere},
    words::{Said, Word},
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
    /// How many of the batch are signed already, by a key that demands its passcode for each.
    pub signed: usize,
}

/// Told how many of how many documents are signed.
pub type OnProgress<'a> = dyn FnMut(usize, usize) + 'a;

impl Conversation<'_> {
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
        let (mut wrong, mut note) = (false, proposal.note());
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
                None => {
                    let open = proposal.content.len().saturating_sub(consent.left_out.len());
                    match proposal.signed + open {
                        0 | 1 => self.waiting(Word::WorkingWithCard)?,
                        total => self.show(Body::Signing { done: proposal.signed, total })?,
                    }
                }
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
            another: self.another == Another::Offered && proposal.signed == 0,
            content: proposal.content.to_vec(),
            left_out: left_out.to_vec(),
            note: None,
        }
    }
}

impl Proposal<'_> {
    /// Why the passcode is asked for again.
    fn note(&self) -> Option<Said> {
        (self.signed > 0).then(|| Said::counted(Word::PasscodeForEach, self.signed))
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
