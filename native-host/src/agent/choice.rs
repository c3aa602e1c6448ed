//! Which card is used: the session's own, the only one in a reader, the one of several that the user
//! names, or one that a service keeps, whose user says who they are.

use std::{sync::Arc, thread, time::Duration};

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

    /// The card of a session's user, or the only one that is here, without a question. `None`: the
    /// user has to say which.
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
        let services = session.is_none() && !self.cards.services.names().is_empty();
        let mut here = match self.choices(purpose, session) {
            Err(_) if services => return Ok(None),
            here => here?,
        };
        // Of strangers to the session none signs; any may prove who they are instead.
        let is_known = session
            .is_some_and(|session| purpose == Purpose::ContentCommitment || here[0].is_of(session));
        if here.len() > 1 && !is_known {
            return Ok(None);
        }
        if services {
            dialog.offer_another_card();
        }
        Ok(Some(here.swap_remove(0)))
    }

    /// The card of a session that is used without a dialog.
    ///
    /// # Errors
    ///
    /// The card's or the service's.
    pub(super) fn card_of(
        self: &Arc<Self>,
        purpose: Purpose,
        session: &Session,
    ) -> Result<Chosen, Fault> {
        match &session.card.holder {
            Some(holder) => self.choose_remote(purpose, holder, false, None),
            None => Ok(self.choices(purpose, Some(session))?.swap_remove(0)),
        }
    }

    /// The only card that is here. `None`: there are several, or a service keeps keys, so that the
    /// user has to say which.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn only_card(self: &Arc<Self>, purpose: Purpose) -> Result<Option<Chosen>, Fault> {
        if !self.cards.services.names().is_empty() {
            return Ok(None);
        }
        Ok(self.choices(purpose, None)?.try_into().ok().map(|[only]: [Chosen; 1]| only))
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
            let here = self.choices(purpose, None);
            // Modules see a card a little later than the reader does.
            let seen = here.as_ref().map_or(0, Vec::len);
            let early = seen < readers.len() && looks < LOOKS;
            let here = match here {
                Err(_) if services.is_empty() && early => {
                    dialog.waiting(Word::ReadingCard)?;
                    thread::sleep(BETWEEN);
                    continue;
                }
                Err(fault) if services.is_empty() => return Err(fault),
                // Why there is none is nothing to tell whoever has come without.
                here => here.unwrap_or_default(),
            };
            let body = CardsBody {
                cards: here.iter().map(line).collect(),
                services: services.clone(),
                user: user.clone(),
                note: note.clone(),
            };
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
const BETWEEN: Duration = Duration::from_millis(150);

#[cfg(test)]
mod tests;
