//! Tokens in no reader of the smartcard service, as some modules have them. The watch of the readers
//! does not see them go, so that their modules are asked, again and again for as long as a session or
//! a dialog depends on one, and not otherwise.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::event::{EventData, EventName};
use wardkey_smartcard::{CardError, TokenId};

use super::{Agent, cards::Card};

/// The tokens that are asked for.
#[derive(Default)]
pub struct Readerless(Mutex<Vec<Watched>>);

struct Watched {
    way: usize,
    id: TokenId,
    reader: String,
    serial: String,
    is_in: bool,
    /// How often nobody could say, since somebody did.
    failures: u32,
    /// When it is asked for next.
    due: Instant,
}

impl Readerless {
    /// Whether every token of this name is known to have gone.
    pub fn has_lost(&self, reader: &str) -> bool {
        let all = self.all();
        let mut named = all.iter().filter(|watched| watched.reader == reader).peekable();
        named.peek().is_some() && named.all(|watched| !watched.is_in)
    }

    fn all(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agent {
    /// From now on the going of a card's token is told, also where no reader tells it.
    pub(super) fn watch_token(self: &Arc<Self>, card: &Card) {
        let Some(way) = self.cards.readerless_way(card) else { return };
        let watched = Watched::new(way, card, Instant::now());
        let (reader, serial) = (watched.reader.clone(), watched.serial.clone());
        let mut all = self.cards.readerless.all();
        let is_first = all.is_empty();
        let is_same = |other: &Watched| (other.way, &other.id) == (way, &card.token.id);
        let was_out = all.iter().any(|other| is_same(other) && !other.is_in);
        all.retain(|other| !is_same(other));
        all.push(watched);
        if is_first {
            let agent = Arc::downgrade(self);
            let thread = thread::Builder::new().name("tokens".to_owned());
            if let Err(error) = thread.spawn(move || keep_watch(&agent)) {
                all.clear();
                tracing::error!("a token that goes is not missed: {error}");
            }
        }
        drop(all);
        // Whoever has read it knows before the watch does.
        if was_out {
            self.tell_token(true, &reader, &serial);
        }
    }

    /// Asks for the tokens that are due; how long until the next one is. `None`: nobody depends on
    /// any.
    fn look_at_tokens(self: &Arc<Self>) -> Option<Duration> {
        for (way, id) in self.due_tokens(Instant::now()) {
            let answer = self.cards.is_there(way, &id);
            let mut all = self.cards.readerless.all();
            let watched = all.iter_mut().find(|watched| (watched.way, &watched.id) == (way, &id));
            let Some(watched) = watched else { continue };
            let Some(is_in) = watched.learn(answer, Instant::now()) else { continue };
            let (reader, serial) = (watched.reader.clone(), watched.serial.clone());
            drop(all);
            self.tell_token(is_in, &reader, &serial);
        }
        let mut all = self.cards.readerless.all();
        all.retain(|watched| self.depends_on(watched));
        let next = all.iter().map(|watched| watched.due).min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    fn due_tokens(&self, now: Instant) -> Vec<(usize, TokenId)> {
        let all = self.cards.readerless.all();
        let due = all.iter().filter(|watched| watched.due <= now && self.depends_on(watched));
        due.map(|watched| (watched.way, watched.id.clone())).collect()
    }

    fn depends_on(&self, Watched { reader, serial, .. }: &Watched) -> bool {
        self.dialogs.is_about(reader, serial)
            || self.sessions.every().iter().any(|session| {
                let card = &session.card;
                card.holder.is_none() && card.serial == *serial && session.reader() == *reader
            })
    }

    fn tell_token(self: &Arc<Self>, is_in: bool, reader: &str, serial: &str) {
        let data = EventData {
            reader: Some(reader.to_owned()),
            card_present: Some(is_in || self.cards.any_present()),
            ..EventData::default()
        };
        if is_in {
            self.tell_all(EventName::CardInserted, &data);
            self.card_inserted(reader);
        } else {
            self.tell_all(EventName::CardRemoved, &data);
            self.token_removed(reader, serial);
        }
    }
}

impl Watched {
    /// One that has just been read.
    fn new(way: usize, card: &Card, now: Instant) -> Self {
        let token = &card.token;
        Self {
            way,
            id: token.id.clone(),
            reader: token.reader.clone(),
            serial: token.serial.clone(),
            is_in: true,
            failures: 0,
            due: now + EVERY,
        }
    }

    /// Takes in what a module says, `None` where it is at work; whether the token is there where
    /// that is news. One that nobody can tell of counts as gone, as a card does whose reader's
    /// service has gone.
    fn learn(&mut self, answer: Option<Result<bool, CardError>>, now: Instant) -> Option<bool> {
        let is_in = match answer {
            None => self.is_in,
            Some(Ok(is_in)) => {
                self.failures = 0;
                is_in
            }
            Some(Err(_)) => {
                self.failures += 1;
                self.is_in && self.failures < BELIEVED_IN
            }
        };
        self.due = now + EVERY * 2_u32.pow(self.failures.min(LONGEST));
        let was_in = std::mem::replace(&mut self.is_in, is_in);
        (is_in != was_in).then_some(is_in)
    }
}

fn keep_watch(agent: &Weak<Agent>) {
    // Nobody waits for an agent that has gone.
    while let Some(pause) = agent.upgrade().and_then(|agent| agent.look_at_tokens()) {
        // Meanwhile somebody may depend on another token.
        thread::sleep(pause.min(EVERY));
    }
}

/// A user who has gone is away from the page this much later.
const EVERY: Duration = Duration::from_secs(2);
/// A module that crashes is started anew, and may know the token then.
const BELIEVED_IN: u32 = 2;
/// The power of two by which a module that can't say is left alone longer.
const LONGEST: u32 = 5;

#[cfg(test)]
mod tests;
