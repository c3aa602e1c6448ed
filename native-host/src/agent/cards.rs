//! Readers and cards: the reader watch, and the ways to read cards.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError},
    time::Duration,
};

use wardkey_pki::Certificate;
use wardkey_protocol::{
    ErrorCode, Fault,
    event::{EventData, EventName},
};
use wardkey_smartcard::{
    CardError, PasscodeRules, PasscodeState, ReaderEvent, ReaderState, ReaderWatch, Token, TokenId,
};

use super::{
    Agent, fault,
    readerless::Readerless,
    remote::{Remote, Services},
};
use crate::{
    dialog::screen::CardLine,
    interrupt::Interrupt,
    module::{Module, ModuleClient, PasscodeOrder, SignOrder, Way},
    policy::Policy,
    simulation,
};

/// What is known of readers, and one client for each way to cards.
pub struct Cards {
    /// In the order in which they are tried.
    ways: Vec<Mutex<Box<dyn Module>>>,
    /// Whether policy names modules, whose tokens need no reader.
    named: bool,
    /// Whether there is a module among them.
    has_module: bool,
    /// What keeps keys elsewhere.
    pub services: Services,
    /// The tokens that no reader tells of.
    pub readerless: Readerless,
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

/// What one look at the cards has found so far.
#[derive(Default)]
struct Reading {
    /// The readers whose cards nobody has read.
    left: Vec<String>,
    cards: Vec<Card>,
    /// The first.
    failure: Option<Fault>,
}

/// A token and the way that reads it.
#[derive(Clone, Debug)]
pub struct Card {
    /// Of one that is here.
    way: usize,
    /// The token.
    pub token: Token,
    /// Of one whose key a service keeps: what else there is to know.
    pub remote: Option<Remote>,
}

impl Card {
    /// A token whose key a service keeps.
    pub fn remote(token: Token, remote: Remote) -> Self {
        Self { way: 0, token, remote: Some(remote) }
    }

    /// Who holds it, by its certificates or else by its label, and where it is.
    pub fn line(&self) -> CardLine {
        let mut held: Vec<_> = self.token.certificates.iter().collect();
        held.sort_by_key(|held| !held.uses.login);
        let name = held.into_iter().find_map(|held| {
            let certificate = Certificate::from_der(&held.der).ok()?;
            certificate.common_name().map(str::to_owned)
        });
        CardLine {
            holder: name.unwrap_or_else(|| self.token.label.clone()),
            reader: self.token.reader.clone(),
            kept: self.remote.is_some(),
        }
    }
}

impl Cards {
    /// Loads nothing yet.
    pub fn new(policy: &Policy) -> Self {
        let named = !policy.cards.modules.is_empty();
        let client = |way| Mutex::new(Box::new(ModuleClient::new(way)) as Box<dyn Module>);
        let ways = policy.ways();
        let has_module = ways.iter().any(|way| *way != Way::Piv);
        let ways = ways.into_iter().map(client).collect();
        let services = Services::new(&policy.cards.remote);
        let (readerless, readers, looked) = Default::default();
        Self { ways, named, has_module, services, readerless, readers, looked }
    }

    /// The tokens of one module, whatever readers there are.
    #[cfg(test)]
    pub fn of_module(module: impl Module + 'static) -> Self {
        let readers = Readers { looked: true, service: true, states: Vec::new() };
        let ways = vec![Mutex::new(Box::new(module) as Box<dyn Module>)];
        Self {
            ways,
            named: true,
            has_module: true,
            services: Services::default(),
            readerless: Readerless::default(),
            readers: Mutex::new(readers),
            looked: Condvar::new(),
        }
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
        known.map_or_else(|| !self.readerless.has_lost(reader), |state| state.card_present)
    }

    /// The way to a card that is in no reader of the smartcard service; `None` of others.
    pub fn readerless_way(&self, card: &Card) -> Option<usize> {
        (card.remote.is_none() && !self.is_reader(&card.token.reader)).then_some(card.way)
    }

    /// Whether a way has a token still. `None` where it is at work, which finds out by itself.
    pub fn is_there(&self, way: usize, token: &TokenId) -> Option<Result<bool, CardError>> {
        let mut client = match self.ways[way].try_lock() {
            Ok(client) => client,
            Err(TryLockError::Poisoned(client)) => client.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(client.is_there(token))
    }

    /// The readers that have a card.
    pub fn full_readers(&self) -> Vec<String> {
        let full = self.readers().into_iter().filter(|reader| reader.card_present);
        full.map(|reader| reader.name).collect()
    }

    /// Whether a card is in any reader.
    pub fn any_present(&self) -> bool {
        self.state().states.iter().any(|reader| reader.card_present)
    }

    /// Every card that can be read, each by the first way that reads the cards in its reader. A
    /// module that policy does not name is asked only where another way has left a card, and one
    /// that has just hung only where no other way has any.
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
        let mut reading = Reading { left: self.full_readers(), ..Reading::default() };
        let mut left_out = Vec::new();
        for (way, client) in self.ways.iter().enumerate() {
            if reading.left.is_empty() && !self.named {
                break;
            }
            let mut client = lock(client);
            if client.hung().is_some_and(|at| at.elapsed() < LEFT_OUT) {
                left_out.push(way);
                continue;
            }
            self.ask(&mut reading, way, &mut **client);
        }
        if reading.cards.is_empty() {
            for way in left_out {
                self.ask(&mut reading, way, &mut **lock(&self.ways[way]));
            }
        }
        let Reading { cards, failure, .. } = reading;
        match (cards.is_empty(), failure) {
            (false, _) => Ok(cards),
            (true, Some(failure)) if self.any_present() || self.named => Err(failure),
            // PIV leaves other cards to a module.
            (true, None) if self.any_present() && !self.has_module => {
                Err(ErrorCode::ModuleMissing.into())
            }
            (true, _) => Err(self.why_none()),
        }
    }

    /// Asks one way for the cards that those before it have left.
    fn ask(&self, reading: &mut Reading, way: usize, client: &mut dyn Module) {
        let Reading { left, cards, failure } = reading;
        match client.tokens() {
            Ok(mut tokens) => {
                let taken =
                    |reader: &String| cards.iter().any(|card: &Card| card.token.reader == *reader);
                tokens.retain(|token| !self.is_reader(&token.reader) || !taken(&token.reader));
                left.retain(|reader| !tokens.iter().any(|token| token.reader == *reader));
                let card = |token| Card { way, token, remote: None };
                cards.extend(tokens.into_iter().map(card));
            }
            Err(error) => {
                failure.get_or_insert(fault::of_card(&error));
            }
        }
    }

    /// Gets what has a card's key ready for what the user types next: a challenge, if one is shown,
    /// for each thing that is typed.
    ///
    /// # Errors
    ///
    /// Why the key can't be used.
    pub fn prepare(
        &self,
        card: &Card,
        interrupt: &Interrupt,
    ) -> Result<Vec<Option<String>>, CardError> {
        match &card.remote {
            Some(remote) => self.services.prepare(remote, &card.token.id, interrupt),
            None => Ok(Vec::new()),
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
        match &card.remote {
            Some(remote) => self.services.sign(remote, order),
            None => lock(self.way_of(card)?).sign(order),
        }
    }

    /// What a new passcode of a card has to be, and what sets it.
    ///
    /// # Errors
    ///
    /// The card's; `CardError::Unsupported` where its passcode is a service's to set.
    pub fn passcode_rules(&self, card: &Card) -> Result<PasscodeRules, CardError> {
        lock(self.way_of(card)?).passcode_rules(&card.token.id)
    }

    /// Gives a card another passcode.
    ///
    /// # Errors
    ///
    /// The card's.
    pub fn set_passcode(&self, card: &Card, order: PasscodeOrder<'_>) -> Result<(), CardError> {
        lock(self.way_of(card)?).set_passcode(order)
    }

    /// What is known of a card's passcode now.
    ///
    /// # Errors
    ///
    /// The card's.
    pub fn passcode_state(&self, card: &Card) -> Result<PasscodeState, CardError> {
        let tokens = lock(self.way_of(card)?).tokens()?;
        let is_it = |token: &&Token| token.id == card.token.id;
        let token = tokens.iter().find(is_it).ok_or(CardError::CardRemoved)?;
        Ok(token.passcode)
    }

    /// The way to a card that is here.
    fn way_of(&self, card: &Card) -> Result<&Mutex<Box<dyn Module>>, CardError> {
        match &card.remote {
            Some(remote) => Err(CardError::Unsupported(remote.holder.service.clone())),
            None => Ok(&self.ways[card.way]),
        }
    }

    /// Whether this is a reader of the smartcard service.
    fn is_reader(&self, name: &str) -> bool {
        self.state().states.iter().any(|reader| reader.name == name)
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
        let simulation =
            self.policy.as_ref().ok().and_then(|policy| policy.simulation.socket.as_ref());
        match simulation.map(|socket| socket.to_path_buf()) {
            Some(socket) => {
                tracing::warn!("cards are simulated at {}", socket.display());
                simulation::watch(socket, move |event| self.reader_event(event));
            }
            None => {
                let watch = ReaderWatch::start(move |event| self.reader_event(event));
                if !watch.is_running() {
                    tracing::error!("readers go unseen: no thread is left");
                }
                watch.detach();
            }
        }
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

/// For how long a module that hung is left out.
const LEFT_OUT: Duration = Duration::from_secs(120);
const FIRST_LOOK: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
