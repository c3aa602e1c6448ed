//! Which card is used: the session's own, the one in a reader, or one that a service keeps, whose
//! user says who they are.

use std::sync::Arc;

use wardkey_protocol::{ErrorCode, Fault};

use super::{
    Agent,
    certificate::{Chosen, Purpose},
    dialogs::Conversation,
    remote::RemoteHolder,
    session::Session,
};
use crate::dialog::{
    screen::{CardLine, CardsBody, ChosenCard},
    words::{Said, Word},
};

impl Agent {
    /// Has something done with a card for a purpose; with another one, where the user rather takes
    /// that.
    ///
    /// # Errors
    ///
    /// The user's, the card's, or what the act says.
    pub(super) fn with_card<T>(
        self: &Arc<Self>,
        dialog: &mut Conversation<'_>,
        purpose: Purpose,
        session: Option<&Session>,
        mut act: impl FnMut(&mut Conversation<'_>, Chosen) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        dialog.waiting(Word::ReadingCard)?;
        let mut chosen = match self.choose_of(dialog, purpose, session)? {
            Some(chosen) => chosen,
            None => self.ask_for_card(dialog, purpose)?,
        };
        loop {
            match act(dialog, chosen) {
                Err(_) if dialog.wants_another_card() => {
                    chosen = self.ask_for_card(dialog, purpose)?;
                }
                outcome => return outcome,
            }
        }
    }

    /// The card of a session, or the one that is here, without a question. `None`: there is none
    /// here, and a service may keep one.
    fn choose_of(
        self: &Arc<Self>,
        dialog: &mut Conversation<'_>,
        purpose: Purpose,
        session: Option<&Session>,
    ) -> Result<Option<Chosen>, Fault> {
        let interrupt = dialog.interrupt();
        if let Some(holder) = session.and_then(|session| session.card.holder.as_ref()) {
            let chosen = self.choose_remote(purpose, holder, false, Some(&interrupt))?;
            return Ok(Some(chosen));
        }
        if session.is_some() || self.cards.services.names().is_empty() {
            return self.choose(purpose).map(Some);
        }
        match self.choose(purpose) {
            Ok(chosen) => {
                dialog.offer_another_card();
                Ok(Some(chosen))
            }
            Err(_) => Ok(None),
        }
    }

    /// The card of a session that is used without a dialog; where there is none, the one here.
    ///
    /// # Errors
    ///
    /// The card's or the service's.
    pub(super) fn card_of(
        self: &Arc<Self>,
        purpose: Purpose,
        session: Option<&Session>,
    ) -> Result<Chosen, Fault> {
        match session.and_then(|session| session.card.holder.as_ref()) {
            Some(holder) => self.choose_remote(purpose, holder, false, None),
            None => self.choose(purpose),
        }
    }

    /// Lets the user choose among the cards that are here, as they come and go, and services.
    fn ask_for_card(
        self: &Arc<Self>,
        dialog: &mut Conversation<'_>,
        purpose: Purpose,
    ) -> Result<Chosen, Fault> {
        let services = self.cards.services.names();
        let (mut user, mut note) = (String::new(), None);
        let (mut readers, mut looks) = (Vec::new(), 0);
        loop {
            let full = self.cards.full_readers();
            looks = if full == readers { looks + 1 } else { 0 };
            readers = full;
            // Why there is none is nothing to tell whoever has come without.
            let here = self.choices(purpose).unwrap_or_default();
            let body = CardsBody {
                cards: here.iter().map(line).collect(),
                services: services.clone(),
                user: user.clone(),
                note: note.clone(),
            };
            // Modules see a card a little later than the reader does.
            let early = here.len() < readers.len() && looks < LOOKS;
            let changed = || early || self.cards.full_readers() != readers;
            let holder = match dialog.ask_card(body, changed)? {
                None => continue,
                Some(ChosenCard::Here { place }) => {
                    let chosen = here.into_iter().nth(place);
                    dialog.offer_another_card();
                    return chosen.ok_or_else(|| ErrorCode::Internal.into());
                }
                Some(ChosenCard::Kept { service, user }) => {
                    let service = services.get(service).ok_or(ErrorCode::Internal)?.clone();
                    RemoteHolder { service, user: user.trim().to_owned() }
                }
            };
            dialog.waiting(Said::from(Word::AskingService).with(&holder.service))?;
            let interrupt = dialog.interrupt();
            match self.choose_remote(purpose, &holder, true, Some(&interrupt)) {
                Err(fault) if fault.code == ErrorCode::CardMissing => {
                    note = Some(Said::from(Word::UserUnknown).with(&holder.service));
                    user = holder.user;
                }
                Err(fault) => return Err(dialog.check().err().unwrap_or(fault)),
                Ok(chosen) => {
                    dialog.offer_another_card();
                    return Ok(chosen);
                }
            }
        }
    }
}

fn line(chosen: &Chosen) -> CardLine {
    CardLine { holder: chosen.holder(), reader: chosen.card.token.reader.clone(), kept: false }
}

const LOOKS: u32 = 4;
