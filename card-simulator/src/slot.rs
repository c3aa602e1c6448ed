//! A reader's slot: the card that belongs to it, and the card's thread while it is in.

use std::net::{Shutdown, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::applet::Seed;
use crate::card::Kind;
use crate::journal::Journal;
use crate::reader::{self, End, Shared, Trace};
use crate::store::Store;

/// One slot.
pub struct Slot {
    /// The reader's number, counted from 1.
    pub reader: usize,
    /// The folder of the card that `insert` puts in.
    pub card: Option<PathBuf>,
    /// What the slot shares with the card's thread.
    pub shared: Shared,
    kind: Kind,
    journal: Option<Journal>,
    insertion: Option<Insertion>,
    /// What pcscd saw last.
    present: bool,
    /// When the card was last put in or left.
    changed: Instant,
    insertions: u64,
}

/// A card has left its reader.
pub struct Left {
    /// The reader.
    pub reader: usize,
    /// Which insertion it was.
    pub insertion: u64,
    /// How it ended.
    pub end: Result<End>,
}

struct Insertion {
    number: u64,
    stream: TcpStream,
    thread: JoinHandle<()>,
}

impl Slot {
    /// An empty slot for cards of a kind; with a journal, that gets a line for each APDU.
    pub fn new(reader: usize, card: Option<PathBuf>, kind: Kind, journal: Option<Journal>) -> Self {
        Self {
            reader,
            card,
            shared: Shared::default(),
            kind,
            journal,
            insertion: None,
            present: false,
            changed: Instant::now(),
            insertions: 0,
        }
    }

    /// Puts the slot's card in over the connection that `connect` makes to the driver; `left`
    /// hears when it is out again.
    ///
    /// # Errors
    /// When a card is in already, the slot has none, its folder cannot be opened, or as `connect`.
    pub fn insert(
        &mut self,
        seed: Seed,
        connect: impl FnOnce() -> Result<TcpStream>,
        left: impl FnOnce(Left) + Send + 'static,
    ) -> Result<()> {
        if self.is_occupied() {
            bail!("a card is in reader {} already", self.reader);
        }
        let card =
            self.card.as_ref().ok_or_else(|| anyhow!("reader {} has no card", self.reader))?;
        let store = Store::open(card)?;
        let stream = connect()?;
        let connection = stream.try_clone().context("cannot hold on to the connection")?;
        self.insertions += 1;
        let (reader, insertion) = (self.reader, self.insertions);
        let (shared, kind) = (self.shared.clone(), self.kind);
        let trace = Trace { reader, journal: self.journal.clone() };
        let thread = thread::spawn(move || {
            // The applet panics where its storage fails; that is a broken card, not ours to fall
            // with. Nothing of the card is used afterwards.
            let run = || reader::run(connection, (store, kind), &seed, &shared, &trace);
            let end = catch_unwind(AssertUnwindSafe(run))
                .unwrap_or_else(|_| Err(anyhow!("the card in reader {reader} broke")));
            left(Left { reader, insertion, end });
        });
        self.changed = Instant::now();
        self.insertion = Some(Insertion { number: insertion, stream, thread });
        Ok(())
    }

    /// Takes the card out.
    ///
    /// # Errors
    /// When none is in.
    pub fn remove(&mut self) -> Result<()> {
        let insertion =
            self.insertion.take().ok_or_else(|| anyhow!("no card is in reader {}", self.reader))?;
        self.changed = Instant::now();
        // Fails when the connection has ended, and then the card is out.
        let _ = insertion.stream.shutdown(Shutdown::Both);
        insertion.thread.join().map_err(|_| anyhow!("the card's thread broke"))
    }

    /// Takes in that a card has left by itself; answers whether that is news.
    pub fn left(&mut self, left: &Left) -> bool {
        let news = self.insertion.as_ref().is_some_and(|now| now.number == left.insertion);
        if news {
            self.insertion = None;
            self.changed = Instant::now();
        }
        news
    }

    /// Takes in what pcscd sees; when that has changed, answers how long after the card did.
    pub fn looked(&mut self, present: bool) -> Option<Duration> {
        if present == self.present {
            return None;
        }
        self.present = present;
        Some(self.changed.elapsed())
    }

    /// Whether a card is in.
    pub fn is_occupied(&self) -> bool {
        self.insertion.is_some()
    }

    /// Whether pcscd sees what is the case.
    pub fn is_settled(&self) -> bool {
        self.present == self.is_occupied()
    }

    /// How many PINs the cards in it were given.
    pub fn pins(&self) -> u64 {
        self.shared.pins.load(Ordering::SeqCst)
    }

    /// PIN tries left of the card that is in, `None` when there is none.
    pub fn tries(&self) -> Option<u8> {
        self.is_occupied().then(|| self.shared.tries.load(Ordering::SeqCst))
    }
}
