//! The readers on the desk, the cards in them, and what is wrong with these.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use wardkey_smartcard::{
    Batch, CardBackend, CardCertificate, CardError, GoOn, ReaderEvent, ReaderState, Token,
    scripted::{ScriptedCard, ScriptedHand},
};

/// What is wrong with a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another program holds it.
    Busy,
    /// It is pulled at an operation from now on, 1 being the next.
    RemoveAt(usize),
    /// Each operation takes so long.
    Slow(Duration),
    /// So many passcodes are wrong, whatever they are.
    WrongPin(usize),
    /// What it gives for a signature at an operation from now on, 1 being the next, is none.
    WrongSignature(usize),
}

/// Readers and cards, for whoever looks and whoever has hands.
pub struct Desk {
    state: Mutex<State>,
    /// Every card that was ever in; those that are out answer nothing.
    cards: Mutex<Vec<ScriptedCard>>,
}

struct State {
    readers: Vec<Reader>,
    hands: BTreeMap<String, ScriptedHand>,
    watching: Vec<Sender<ReaderEvent>>,
}

struct Reader {
    name: String,
    /// Whose card was put in last.
    card: Option<String>,
}

impl Desk {
    /// So many empty readers.
    pub fn new(readers: usize) -> Arc<Self> {
        let name = |number| match readers {
            1 => "Simulated reader".to_owned(),
            _ => format!("Simulated reader {number}"),
        };
        let reader = |number| Reader { name: name(number), card: None };
        let readers = (1..=readers).map(reader).collect();
        let state = State { readers, hands: BTreeMap::new(), watching: Vec::new() };
        Arc::new(Self { state: Mutex::new(state), cards: Mutex::default() })
    }

    /// Puts somebody's card into a reader, counted from 1, in place of the one that is there. `make`
    /// makes a card that was never in, which tells when a fault has pulled it.
    pub fn insert(
        self: &Arc<Self>,
        uid: &str,
        reader: usize,
        make: impl FnOnce(Weak<Self>) -> Result<ScriptedCard>,
    ) -> Result<()> {
        self.check_reader(reader)?;
        if !self.state().hands.contains_key(uid) {
            let card = make(Arc::downgrade(self))?;
            self.state().hands.insert(uid.to_owned(), card.hand());
            lock(&self.cards).push(card);
        }
        // Out of the reader that it is in, and whatever is in this one.
        let there = self.in_readers();
        for (number, holder) in there {
            if holder == uid || number == reader {
                self.remove(number)?;
            }
        }
        let mut state = self.state();
        let slot = state.readers.get_mut(reader - 1).context("no such reader")?;
        slot.card = Some(uid.to_owned());
        let name = slot.name.clone();
        if let Some(hand) = state.hands.get(uid) {
            hand.insert_into(&name);
        }
        state.tell();
        Ok(())
    }

    /// Takes the card out of a reader, counted from 1.
    pub fn remove(&self, reader: usize) -> Result<()> {
        let mut state = self.state();
        let taken = state.in_readers().into_iter().find(|(number, _)| *number == reader);
        let (_, uid) = taken.context("there is no card in that reader")?;
        if let Some(hand) = state.hands.get(&uid) {
            hand.remove();
        }
        state.tell();
        Ok(())
    }

    /// Tells who watches what is in the readers now.
    pub fn look(&self) {
        self.state().tell();
    }

    /// The cards that are in: each reader's number, and whose it is.
    pub fn in_readers(&self) -> Vec<(usize, String)> {
        self.state().in_readers()
    }

    /// The hand at somebody's card, which was in a reader before.
    pub fn hand(&self, uid: &str) -> Result<ScriptedHand> {
        let state = self.state();
        state.hands.get(uid).cloned().context("their card was never in a reader")
    }

    /// Makes something wrong with somebody's card.
    pub fn fault(&self, uid: &str, fault: &Fault) -> Result<()> {
        let hand = self.hand(uid)?;
        match *fault {
            Fault::Busy => hand.fail_with(CardError::CardBusy),
            Fault::RemoveAt(operation) => {
                ensure!(operation > 0, "operations count from 1");
                hand.fail_at(operation, CardError::CardRemoved);
            }
            Fault::Slow(slowness) => hand.slow_by(slowness),
            Fault::WrongPin(times) => hand.refuse(times),
            Fault::WrongSignature(operation) => {
                ensure!(operation > 0, "operations count from 1");
                hand.lie_at(operation);
            }
        }
        Ok(())
    }

    /// Has a card show these certificates.
    pub fn show(&self, uid: &str, certificates: Vec<CardCertificate>) -> Result<()> {
        self.hand(uid)?.show(certificates);
        Ok(())
    }

    /// Everything that becomes of the readers, what they are now first.
    pub fn watch(&self) -> Receiver<ReaderEvent> {
        let (sender, events) = mpsc::channel();
        let mut state = self.state();
        // It hears at least this.
        let _ = sender.send(state.event());
        state.watching.push(sender);
        events
    }

    /// The cards as a back end.
    pub fn backend(self: &Arc<Self>) -> DeskBackend {
        DeskBackend(Arc::clone(self))
    }

    fn check_reader(&self, reader: usize) -> Result<()> {
        let count = self.state().readers.len();
        ensure!((1..=count).contains(&reader), "the readers are 1 to {count}");
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn is_in(&self, reader: &Reader) -> bool {
        let hand = reader.card.as_ref().and_then(|uid| self.hands.get(uid));
        hand.is_some_and(ScriptedHand::is_in)
    }

    fn in_readers(&self) -> Vec<(usize, String)> {
        let numbered = (1..).zip(&self.readers).filter(|(_, reader)| self.is_in(reader));
        numbered.filter_map(|(number, reader)| Some((number, reader.card.clone()?))).collect()
    }

    fn event(&self) -> ReaderEvent {
        let states = self.readers.iter().map(|reader| {
            let card_present = self.is_in(reader);
            let atr = if card_present { ATR.to_vec() } else { Vec::new() };
            let name = reader.name.clone();
            ReaderState { name, card_present, unresponsive: false, atr, in_use: false }
        });
        ReaderEvent::Readers(states.collect())
    }

    fn tell(&mut self) {
        // A card that a fault pulled is in no reader any more.
        let out = self.readers.iter().map(|reader| !self.is_in(reader)).collect::<Vec<_>>();
        for (reader, out) in self.readers.iter_mut().zip(out) {
            if out {
                reader.card = None;
            }
        }
        let event = self.event();
        self.watching.retain(|watching| watching.send(event.clone()).is_ok());
    }
}

/// The cards of a desk as a module reads them.
pub struct DeskBackend(Arc<Desk>);

impl CardBackend for DeskBackend {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        let mut cards = lock(&self.0.cards);
        let (mut tokens, mut failure) = (Vec::new(), None);
        // Of a card that is out nobody reads anything, so that nothing of a fault is spent there.
        for card in cards.iter_mut().filter(|card| card.hand().is_in()) {
            match card.tokens() {
                // Pulled while it was read.
                Ok(read) if read.is_empty() => failure = Some(CardError::CardRemoved),
                Ok(read) => tokens.extend(read),
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if tokens.is_empty() => Err(error),
            _ => Ok(tokens),
        }
    }

    fn sign_batch(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        lock(&self.0.cards).sign_batch(batch, go_on)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The shortest answer to reset there is: direct convention, nothing to say.
const ATR: [u8; 2] = [0x3b, 0x00];

#[cfg(test)]
mod tests;
