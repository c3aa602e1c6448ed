//! Another passcode for a card: asked for by the card's own rules, again for as long as something
//! about it is wrong.

use std::{sync::Arc, time::Duration};

use wardkey_protocol::{ErrorCode, Fault};
use wardkey_smartcard::{
    CardError, LastTry, Passcode, PasscodeRules, PasscodeState, UnblockingKey,
};

use super::{
    super::{Agent, audit::Entry, cards::Card, fault},
    Conversation,
};
use crate::{
    dialog::{
        screen::{
            Body, FromDialog, Lengths, NewPasscodeBody, Rules, SetBy, ToldBody, Tries, TypedWhere,
        },
        words::Word,
    },
    module::{PasscodeOrder, Proof},
};

impl Conversation<'_> {
    /// Has the user give a card another passcode, and tells them that it has it.
    ///
    /// # Errors
    ///
    /// The user's or the card's.
    pub fn set_passcode(
        &mut self,
        agent: &Arc<Agent>,
        card: &Card,
        by: SetBy,
    ) -> Result<(), Fault> {
        self.watch(agent, card);
        let rules = self.rules_of(agent, card)?;
        self.set_by(agent, card, rules, by)?;
        // Whoever asked is told as well.
        let told = ToldBody {
            is_well: true,
            text: Word::PasscodeChanged.into(),
            remedy: Word::UseNewPasscode.into(),
            offer: None,
        };
        if self.show(Body::Told(Box::new(told))).is_ok() {
            let _ = self.answer_within(GOOD_NEWS);
        }
        Ok(())
    }

    /// Offers to put right what keeps a card's passcode from being used, and does so; what is known
    /// of the passcode then.
    ///
    /// # Errors
    ///
    /// What is wrong with it, where the user does not want to or nothing can be done here.
    pub(super) fn put_right(
        &mut self,
        agent: &Agent,
        card: &Card,
        error: &CardError,
    ) -> Result<PasscodeState, Fault> {
        let as_before = || fault::of_card(error);
        // What keeps its key does not say what would unblock it.
        let rules = agent.cards.passcode_rules(card).map_err(|_| as_before());
        let rules = rules.map_err(|fault| self.check().err().unwrap_or(fault))?;
        let by = match error {
            CardError::PasscodeExpired => SetBy::Passcode,
            _ => SetBy::UnblockingKey,
        };
        if by == SetBy::UnblockingKey && rules.unblocking.is_none_or(is_blocked) {
            return Err(as_before());
        }
        if !self.offer(by)? {
            return Err(as_before());
        }
        let before = self.aside.replace(by);
        let set = self.set_by(agent, card, rules, by);
        self.aside = before;
        set?;
        self.waiting(Word::ReadingCard)?;
        let state = agent.cards.passcode_state(card);
        state.map_err(|error| self.check().err().unwrap_or_else(|| fault::of_card(&error)))
    }

    /// Whether the user wants what would make the card usable.
    fn offer(&mut self, by: SetBy) -> Result<bool, Fault> {
        let (text, remedy) = match by {
            SetBy::Passcode => (Word::PasscodeExpired, Word::SetNewPasscode),
            SetBy::UnblockingKey => (Word::PasscodeBlocked, Word::UnblockHereOrThere),
        };
        let (text, remedy) = (text.into(), remedy.into());
        let told = ToldBody { is_well: false, text, remedy, offer: Some(by) };
        self.show(Body::Told(Box::new(told)))?;
        match self.answer() {
            Ok(FromDialog::Accepted) => Ok(true),
            Ok(_) => Err(ErrorCode::Internal.into()),
            Err(fault) if fault.code == ErrorCode::UserCancelled => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    fn rules_of(&self, agent: &Agent, card: &Card) -> Result<PasscodeRules, Fault> {
        let rules = agent.cards.passcode_rules(card);
        rules.map_err(|error| self.check().err().unwrap_or_else(|| of_setting(&error)))
    }

    /// By what the user wanted; by the unblocking key, where the passcode turns out to be blocked
    /// and they want that.
    fn set_by(
        &mut self,
        agent: &Agent,
        card: &Card,
        rules: PasscodeRules,
        by: SetBy,
    ) -> Result<(), Fault> {
        let outcome = match by {
            SetBy::Passcode if card.token.passcode.blocked => {
                Err(ErrorCode::PasscodeBlocked.into())
            }
            SetBy::UnblockingKey if rules.unblocking.is_none() => {
                Err(ErrorCode::PasscodeUnchangeable.into())
            }
            SetBy::UnblockingKey if rules.unblocking.is_some_and(is_blocked) => {
                Err(ErrorCode::UnblockingKeyBlocked.into())
            }
            by => self.set_until_right(agent, card, rules, by),
        };
        record(agent, card, by, &outcome);
        match outcome {
            Err(fault) if fault.code == ErrorCode::PasscodeBlocked && by == SetBy::Passcode => {
                let can_be = rules.unblocking.is_some_and(|key| !is_blocked(key));
                if !can_be || !self.offer(SetBy::UnblockingKey)? {
                    return Err(fault);
                }
                let before = self.aside.replace(SetBy::UnblockingKey);
                let set = self.set_by(agent, card, rules, SetBy::UnblockingKey);
                self.aside = before;
                set
            }
            Err(fault) if fault.code == ErrorCode::UnblockingKeyBlocked => {
                let told = ToldBody {
                    is_well: false,
                    text: Word::UnblockingKeyBlocked.into(),
                    remedy: Word::NewCard.into(),
                    offer: None,
                };
                self.show(Body::Told(Box::new(told)))?;
                // They close it, or leave it.
                let _ = self.answer();
                Err(fault)
            }
            outcome => outcome,
        }
    }

    fn set_until_right(
        &mut self,
        agent: &Agent,
        card: &Card,
        rules: PasscodeRules,
        by: SetBy,
    ) -> Result<(), Fault> {
        let mut body = self.new_passcode_screen(card, rules, by);
        loop {
            self.show(Body::NewPasscode(Box::new(body.clone())))?;
            let (proof, new) = match self.answer()? {
                FromDialog::NewPasscode { proof, new } => (proof.into_inner(), new.into_inner()),
                // It is typed at the reader.
                FromDialog::Consented { .. } => (String::new(), String::new()),
                _ => return Err(ErrorCode::Internal.into()),
            };
            let (proof, new) = (Passcode::new(proof), Passcode::new(new));
            match body.typed {
                TypedWhere::Reader => {
                    let text = match by {
                        SetBy::Passcode => Word::NewPasscodeAtReader,
                        SetBy::UnblockingKey => Word::UnblockAtReader,
                    };
                    self.show(Body::Waiting { text: text.into(), stop: true })?;
                    if let Some(window) = &mut self.window {
                        window.stop_with(self.interrupt);
                    }
                }
                // Nobody would know which passcode the card has, if this were stopped.
                _ => self.waiting(Word::WorkingWithCard)?,
            }
            let last_try = if body.tries.last { LastTry::Accepted } else { LastTry::Avoided };
            let order = PasscodeOrder {
                token: &card.token.id,
                proof: match by {
                    SetBy::Passcode => Proof::Passcode(&proof),
                    SetBy::UnblockingKey => Proof::UnblockingKey(&proof, last_try),
                },
                new: &new,
                interrupt: self.interrupt,
            };
            let Err(error) = agent.cards.set_passcode(card, order) else { return Ok(()) };
            if !ask_again(&mut body, &error) {
                // A card that was pulled fails in many ways; the watch knows the reason. It may
                // have taken the new passcode before it went.
                let fault = self.check().err().unwrap_or_else(|| of_setting(&error));
                return Err(match fault.code {
                    ErrorCode::CardFailed
                    | ErrorCode::CardRemoved
                    | ErrorCode::ModuleFailed
                    | ErrorCode::ReaderMissing => fault.with("passcode", "old_or_new"),
                    _ => fault,
                });
            }
        }
    }

    fn new_passcode_screen(&self, card: &Card, rules: PasscodeRules, by: SetBy) -> NewPasscodeBody {
        let passcode = card.token.passcode;
        let has_pinentry = self.window.as_ref().is_some_and(|window| window.has_pinentry());
        let (tries, lengths) = match (by, rules.unblocking) {
            (SetBy::UnblockingKey, Some(UnblockingKey { tries_left, min_length, max_length })) => {
                let tries = Tries { left: tries_left, wrong: false, last: may_be_last(tries_left) };
                (tries, Lengths { min: min_length, max: max_length })
            }
            _ => {
                let PasscodeState { tries_left, last_try, min_length, max_length, .. } = passcode;
                let tries = Tries { left: tries_left, wrong: false, last: last_try };
                (tries, Lengths { min: min_length, max: max_length })
            }
        };
        NewPasscodeBody {
            card: card.line(),
            by,
            tries,
            lengths,
            rules: Rules {
                lengths: Lengths { min: rules.min_length, max: rules.max_length },
                digits: rules.digits,
            },
            typed: match (rules.at_reader, has_pinentry) {
                (true, _) => TypedWhere::Reader,
                (false, true) => TypedWhere::Pinentry,
                (false, false) => TypedWhere::Here,
            },
            note: None,
        }
    }
}

/// Whether it is worth another attempt, and what the user is told before it.
fn ask_again(body: &mut NewPasscodeBody, error: &CardError) -> bool {
    (body.note, body.tries.wrong) = (None, false);
    match *error {
        CardError::NewPasscodeRefused => body.note = Some(Word::NewPasscodeRefused.into()),
        CardError::NewPasscodesDiffer => body.note = Some(Word::NotTheSame.into()),
        CardError::PasscodeDigits => {
            body.rules.digits = true;
            body.note = Some(body.rules.said());
        }
        CardError::PasscodeLength { min, max } => {
            body.rules.lengths = Lengths { min, max };
            body.note = Some(body.rules.said());
        }
        CardError::PasscodeWrong { tries_left } if body.by == SetBy::Passcode => {
            body.tries = Tries { left: tries_left, wrong: true, last: tries_left == Some(1) };
        }
        CardError::UnblockingKeyLastTry => body.tries.last = true,
        CardError::UnblockingKeyLength { min, max } => {
            body.lengths = Lengths { min, max };
            body.tries.wrong = true;
        }
        CardError::UnblockingKeyWrong { tries_left } => {
            let last = may_be_last(tries_left);
            body.tries = Tries { left: tries_left, wrong: true, last };
        }
        _ => return false,
    }
    true
}

/// Where a card does not say, any try of its unblocking key may be the last.
fn may_be_last(tries_left: Option<u8>) -> bool {
    tries_left.is_none_or(|left| left <= 1)
}

fn is_blocked(key: UnblockingKey) -> bool {
    key.tries_left == Some(0)
}

/// A card's error while its passcode is set.
fn of_setting(error: &CardError) -> Fault {
    match error {
        CardError::Unsupported(_) => ErrorCode::PasscodeUnchangeable.into(),
        other => fault::of_card(other),
    }
}

fn record(agent: &Agent, card: &Card, by: SetBy, outcome: &Result<(), Fault>) {
    agent.record(&Entry {
        action: match by {
            SetBy::Passcode => "change_passcode",
            SetBy::UnblockingKey => "unblock_passcode",
        },
        card: Some(&card.token.serial),
        outcome: outcome.as_ref().map_or_else(|fault| fault.code.as_str(), |()| "ok"),
        ..Entry::default()
    });
}

/// How long good news stay.
const GOOD_NEWS: Duration = Duration::from_secs(10);
