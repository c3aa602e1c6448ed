//! A card was put in: the same one in time, another user's, or one that a session waits for.

use std::{
    sync::{Arc, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use wardkey_protocol::{Fault, view::SessionCause};

use super::{
    Agent,
    certificate::{Chosen, Purpose},
    dialogs::Act,
    login::{self, Errand, Occasion},
    removal::Fate,
};
use crate::{
    interrupt::Interrupt,
    policy::{CardInserted, OtherCard, ServerPolicy},
};

impl Agent {
    /// A card was put into a reader. It is read only where that matters.
    pub(super) fn card_inserted(self: &Arc<Self>, reader: &str) {
        let Ok(policy) = &self.policy else { return };
        let signs_on =
            |server: &ServerPolicy| server.session_rules().card_inserted == CardInserted::SignOn;
        if self.sessions.is_empty() && !policy.servers.iter().any(signs_on) {
            return;
        }
        let (agent, reader) = (self.clone(), reader.to_owned());
        if let Err(error) = thread::Builder::new().spawn(move || agent.meet(&reader)) {
            tracing::error!("card put in: {error}");
        }
    }

    /// Held while a card that was put in is looked at.
    pub(super) fn looks(&self) -> MutexGuard<'_, ()> {
        self.looking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meet(self: &Arc<Self>, reader: &str) {
        let looks = self.looks();
        let card = match self.read_inserted(reader) {
            Ok(card) => card,
            // No card of ours, or one that has gone.
            Err(fault) => return tracing::info!("card put in: {fault}"),
        };
        let Ok(policy) = &self.policy else { return };
        let offers: Vec<_> = policy
            .servers
            .iter()
            .filter_map(|server| self.meet_at(server, &card, reader))
            .collect();
        drop(looks);
        // One dialog for one card.
        if let Some((server, act)) = offers.into_iter().next() {
            self.offer(&server.url, act, card);
        }
    }

    /// What the card does to the sessions at one server, and the dialog that it may open.
    fn meet_at<'a>(
        self: &Arc<Self>,
        server: &'a ServerPolicy,
        card: &Chosen,
        reader: &str,
    ) -> Option<(&'a ServerPolicy, Act)> {
        let rules = server.session_rules();
        let certificate = card.certificate.sha256();
        if let Some(active) = self.sessions.at(&server.url) {
            if active.card.certificate == certificate {
                active.card_is_in(reader);
                return None;
            }
            // Another card of the same user is not the one that was taken out, nor anybody else's.
            if active.uid == card.uid() || rules.other_card == OtherCard::Ignore {
                return None;
            }
        }
        let of_others: Vec<_> = self
            .sessions
            .every()
            .into_iter()
            .filter(|session| session.server == server.url && session.uid != card.uid())
            .collect();
        let takes_over = !of_others.is_empty();
        let fate = match rules.other_card {
            OtherCard::End => Some(Fate::Ended),
            OtherCard::Ignore => None,
            OtherCard::Suspend => Some(Fate::Suspended),
        };
        if let Some(fate) = fate {
            let others = of_others.into_iter().map(|session| (session, fate)).collect();
            self.dispose(others, SessionCause::UserChanged);
        }
        let waits = self.sessions.waiting(&server.url, &certificate).is_some();
        let act = match (rules.card_inserted, waits) {
            (CardInserted::Nothing, _) => return None,
            (_, true) => Act::Resume,
            (CardInserted::Resume, false) if !takes_over => return None,
            (_, false) => Act::SignIn,
        };
        Some((server, act))
    }

    fn offer(self: &Arc<Self>, server: &str, act: Act, card: Chosen) {
        let interrupt = Arc::new(Interrupt::default());
        let interrupt = &interrupt;
        let occasion =
            Occasion { agent: self, interrupt, server, who: None, within: None, asks: None };
        let errand = Errand::SignIn { act, role: None, fresh: false, card: Some(Box::new(card)) };
        if let Err(fault) = login::by_card(&occasion, errand) {
            tracing::info!("card put in: {fault}");
        }
    }

    /// Modules see a card a little later than the reader does.
    fn read_inserted(self: &Arc<Self>, reader: &str) -> Result<Chosen, Fault> {
        let mut attempts = 0;
        loop {
            match self.choose_in(Purpose::Login, reader) {
                Ok(card) => return Ok(card),
                Err(fault) if attempts == ATTEMPTS || !self.cards.may_be_in(reader) => {
                    return Err(fault);
                }
                Err(_) => thread::sleep(BETWEEN),
            }
            attempts += 1;
        }
    }
}

const ATTEMPTS: u32 = 4;
const BETWEEN: Duration = Duration::from_millis(150);

#[cfg(test)]
mod tests;
