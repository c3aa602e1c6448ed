//! Readers and cards: the reader watch, and the modules that read cards.

use std::{
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use wardkey_protocol::{
    ErrorCode, Fault,
    event::{EventData, EventName},
};
use wardkey_smartcard::{CardError, ReaderEvent, ReaderState, ReaderWatch, Token, default_module};

use super::{Agent, fault};
use crate::{
    module::{Module, ModuleClient, SignOrder},
    policy::CardPolicy,
};

/// What is known of readers, and one client for each module.
pub struct Cards {
    modules: Vec<Mutex<Box<dyn Module>>>,
    /// Whether policy names modules, whose tokens need no reader.
    named: bool,
    readers: Mutex<Readers>,
    /// Told when the watch has looked for the first time.
    looked: Condvar,
}

#[derive(Default)]
struct Readers {
    looked: bool,
    service: bool,
    states: Vec<ReaderState>,
}

/// A token and the module that reads it.
#[derive(Clone, Debug)]
pub struct Card {
    module: usize,
    /// The token.
    pub token: Token,
}

impl Cards {
    /// Loads nothing yet.
    pub fn new(policy: &CardPolicy) -> Self {
        let named = !policy.modules.is_empty();
        let found: Vec<PathBuf> =
            if named { policy.modules.clone() } else { default_module().into_iter().collect() };
        let client =
            |path: &PathBuf| Mutex::new(Box::new(ModuleClient::new(path)) as Box<dyn Module>);
        let modules = found.iter().map(client).collect();
        Self { modules, named, readers: Mutex::default(), looked: Condvar::new() }
    }

    /// The tokens of one module, whatever readers there are.
    #[cfg(test)]
    pub fn of_module(module: impl Module + 'static) -> Self {
        let readers = Readers { looked: true, service: true, states: Vec::new() };
        let modules = vec![Mutex::new(Box::new(module) as Box<dyn Module>)];
        Self { modules, named: true, readers: Mutex::new(readers), looked: Condvar::new() }
    }

    /// The readers as the watch saw them last.
    pub fn readers(&self) -> Vec<ReaderState> {
        self.state().states.clone()
    }

    /// Whether the card of a token may be there: where policy names modules, a token's reader may
    /// be none that the watch knows.
    pub fn may_be_in(&self, reader: &str) -> bool {
        let state = self.state();
        let known = state.states.iter().find(|state| state.name == reader);
        known.is_none_or(|state| state.card_present)
    }

    /// Whether a card is in a reader.
    pub fn is_present(&self, reader: &str) -> bool {
        self.state().states.iter().any(|state| state.name == reader && state.card_present)
    }

    /// Whether a card is in any reader.
    pub fn any_present(&self) -> bool {
        self.state().states.iter().any(|reader| reader.card_present)
    }

    /// Every card that the modules can read.
    ///
    /// # Errors
    ///
    /// Why there is none: from the smartcard service down to the card.
    pub fn read(&self) -> Result<Vec<Card>, Fault> {
        self.wait_for_first_look();
        // Without a card in a reader no module needs to be asked, unless its tokens have none.
        if !self.any_present() && !self.named {
            return Err(self.why_none());
        }
        if self.modules.is_empty() {
            return Err(ErrorCode::ModuleMissing.into());
        }
        let mut cards = Vec::new();
        let mut failure = None;
        for (module, client) in self.modules.iter().enumerate() {
            match lock(client).tokens() {
                Ok(tokens) => cards.extend(tokens.into_iter().map(|token| Card { module, token })),
                Err(error) => failure = Some(fault::of_card(&error)),
            }
        }
        match (cards.is_empty(), failure) {
            (false, _) => Ok(cards),
            (true, Some(failure)) if self.any_present() || self.named => Err(failure),
            (true, _) => Err(self.why_none()),
        }
    }

    /// Signs with a card's key.
    ///
    /// # Errors
    ///
    /// What keeps every digest from being signed.
    pub fn sign(
        &self,
        card: &Card,
        order: SignOrder<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        lock(&self.modules[card.module]).sign(order)
    }

    /// An agent that has just started does not say that there is no card before it has looked.
    fn wait_for_first_look(&self) {
        let state = self.state();
        let unseen = |state: &mut Readers| !state.looked;
        // After that time the service counts as missing.
        drop(self.looked.wait_timeout_while(state, FIRST_LOOK, unseen));
    }

    fn why_none(&self) -> Fault {
        let state = self.state();
        let code = match () {
            () if !state.service => ErrorCode::ReaderServiceMissing,
            () if state.states.is_empty() => ErrorCode::ReaderMissing,
            () if state
                .states
                .iter()
                .all(|reader| !reader.card_present && !reader.unresponsive) =>
            {
                ErrorCode::CardMissing
            }
            () => ErrorCode::CardUnreadable,
        };
        code.into()
    }

    fn state(&self) -> MutexGuard<'_, Readers> {
        lock(&self.readers)
    }
}

impl Agent {
    /// Watches readers as long as the agent lives.
    pub(super) fn watch_readers(self: Arc<Self>) {
        ReaderWatch::start(move |event| self.reader_event(event)).detach();
    }

    pub(super) fn reader_event(self: &Arc<Self>, event: ReaderEvent) {
        let before = {
            let mut state = self.cards.state();
            let now = match event {
                ReaderEvent::Readers(states) => Readers { looked: true, service: true, states },
                _ => Readers { looked: true, ..Readers::default() },
            };
            self.cards.looked.notify_all();
            std::mem::replace(&mut *state, now)
        };
        let now = self.cards.readers();
        let any = now.iter().any(|reader| reader.card_present);
        let was_in =
            |name: &str| before.states.iter().any(|old| old.name == name && old.card_present);
        let is_in = |name: &str| now.iter().any(|new| new.name == name && new.card_present);
        for old in before.states.iter().filter(|old| old.card_present && !is_in(&old.name)) {
            self.tell_all(EventName::CardRemoved, &of_reader(&old.name, any));
            self.card_removed(&old.name);
        }
        for new in now.iter().filter(|new| new.card_present && !was_in(&new.name)) {
            self.tell_all(EventName::CardInserted, &of_reader(&new.name, any));
            // What was in before the agent was is not put in.
            if before.looked {
                self.card_inserted(&new.name);
            }
        }
        let names = |states: &[ReaderState]| -> Vec<String> {
            states.iter().map(|reader| reader.name.clone()).collect()
        };
        if names(&before.states) != names(&now) {
            let data = EventData { card_present: Some(any), ..EventData::default() };
            self.tell_all(EventName::ReaderChanged, &data);
        }
    }
}

fn of_reader(reader: &str, any: bool) -> EventData {
    EventData { reader: Some(reader.to_owned()), card_present: Some(any), ..EventData::default() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const FIRST_LOOK: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(service: bool, readers: &[(&str, bool)]) -> ErrorCode {
        let cards = Cards::new(&CardPolicy::default());
        let state = |(name, card_present): &(&str, bool)| ReaderState {
            name: (*name).to_owned(),
            card_present: *card_present,
            unresponsive: *name == "upside down",
            atr: Vec::new(),
            in_use: false,
        };
        let states = readers.iter().map(state).collect();
        *cards.state() = Readers { looked: true, service, states };
        cards.why_none().code
    }

    #[test]
    fn why_there_is_no_card_is_told_from_the_service_down_to_the_card() {
        assert_eq!(seen(false, &[]), ErrorCode::ReaderServiceMissing);
        assert_eq!(seen(true, &[]), ErrorCode::ReaderMissing);
        assert_eq!(seen(true, &[("A", false), ("B", false)]), ErrorCode::CardMissing);
        assert_eq!(seen(true, &[("A", false), ("B", true)]), ErrorCode::CardUnreadable);
        assert_eq!(seen(true, &[("upside down", false)]), ErrorCode::CardUnreadable);
    }
}
