//! The running simulator: cards, their readers, and the commands that move them.

mod plug;

use std::collections::VecDeque;
use std::io::{BufRead, ErrorKind};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::json;

use crate::applet::Seed;
use crate::card::Kind;
use crate::control::{Command, Order};
use crate::journal::Journal;
use crate::pcscd::{Daemon, READERS, RunFolder, port};
use crate::provision;
use crate::slot::{Left, Slot};
use crate::usb::Attachment;
use crate::watch::{Look, watch};

/// What to run.
pub struct Options {
    /// The folder of this run; the socket is `run/pcscd.comm` in it.
    pub dir: PathBuf,
    /// The cards' folders, the first for the first reader.
    pub cards: Vec<PathBuf>,
    /// What the readers are called; `None`: there are none.
    pub name: Option<String>,
    /// How they are attached.
    pub attached: Attachment,
    /// What cards they are.
    pub kind: Kind,
    /// Whether the readers are empty at first.
    pub absent: bool,
    /// Whether the journal gets a line for each APDU.
    pub trace: bool,
}

/// Runs a private pcscd and its cards until `commands` ends or says `quit`. Must run in a network
/// namespace of its own, with `PCSCLITE_CSOCK_NAME` set to the run folder's socket.
///
/// # Errors
/// When pcscd cannot be started or ends by itself, or a card cannot be put in at the start; what
/// goes wrong with a command later is an event `error`.
pub fn serve(
    options: &Options,
    journal: &Journal,
    commands: impl BufRead + Send + 'static,
    seeds: &mut dyn FnMut() -> Result<Seed>,
) -> Result<()> {
    if options.cards.len() > READERS {
        bail!("there are {READERS} readers, not {}", options.cards.len());
    }
    let folder = RunFolder::prepare(&options.dir, options.name.as_deref(), options.attached)?;
    let daemon = folder.start()?;
    let (sender, events) = mpsc::channel();
    listen(commands, sender.clone());
    let readers = if options.name.is_some() { READERS } else { 0 };
    watch_readers(readers, sender.clone());
    let trace = options.trace.then(|| journal.clone());
    let slots = (1..=readers).map(|reader| {
        let card = options.cards.get(reader - 1).cloned();
        Slot::new(reader, card, options.kind, trace.clone())
    });
    let mut simulator = Simulator {
        slots: slots.collect(),
        folder: &folder,
        unplugged: None,
        daemon,
        journal,
        seeds,
        events,
        left: sender,
        lines: VecDeque::new(),
        readers: None,
    };
    let result = simulator.start(options).and_then(|()| simulator.obey());
    let ended = simulator.end();
    result.and(ended)
}

enum Event {
    CardLeft(Left),
    InputEnded,
    Line(String),
    Looked(Look),
    WatchEnded(anyhow::Error),
}

struct Simulator<'a> {
    slots: Vec<Slot>,
    folder: &'a RunFolder,
    /// The readers that had cards in them when they were unplugged, as they are now.
    unplugged: Option<Vec<usize>>,
    daemon: Daemon,
    journal: &'a Journal,
    seeds: &'a mut dyn FnMut() -> Result<Seed>,
    events: Receiver<Event>,
    left: Sender<Event>,
    /// Lines that came while a command was being carried out, `None` for their end.
    lines: VecDeque<Option<String>>,
    /// The names of the readers that there are, once pcscd has been asked.
    readers: Option<Vec<String>>,
}

impl Simulator<'_> {
    fn start(&mut self, options: &Options) -> Result<()> {
        let deadline = Instant::now() + START;
        // Cards first: those that are in before pcscd's first look need not wait for its second.
        let cards = if options.absent { 0 } else { options.cards.len() };
        for reader in 1..=cards {
            self.insert(reader)?;
        }
        while self.readers.is_none() {
            if Instant::now() > deadline {
                bail!("pcscd does not offer its readers; see pcscd.log");
            }
            self.step()?;
        }
        for reader in 1..=cards {
            self.settle(reader)?;
        }
        self.journal.event(
            "ready",
            json!({
                "socket": self.folder.socket(),
                "readers": self.readers,
                "pcscd": self.daemon.id(),
            }),
        );
        Ok(())
    }

    /// Carries commands out, one after the other, until their end.
    fn obey(&mut self) -> Result<()> {
        loop {
            match self.lines.pop_front() {
                None => self.step()?,
                Some(None) => return Ok(()),
                Some(Some(line)) => match Command::parse(&line) {
                    Ok(Command::Quit) => return Ok(()),
                    Ok(command) => {
                        let done = self.carry_out(command);
                        self.check_daemon()?;
                        self.report(done);
                    }
                    Err(error) => self.report(Err(error)),
                },
            }
        }
    }

    fn carry_out(&mut self, command: Command) -> Result<()> {
        match command {
            Command::Fault(reader, order) => self.fault(reader, order),
            Command::Insert(reader) => {
                self.insert(reader)?;
                self.settle(reader)
            }
            Command::Plug => self.plug(),
            // Ended by the caller.
            Command::Quit => Ok(()),
            Command::Remove(reader) => {
                self.slot(reader)?.remove()?;
                self.settle(reader)
            }
            Command::Swap(reader, card) => {
                if self.slot(reader)?.is_occupied() {
                    self.slot(reader)?.remove()?;
                    self.settle(reader)?;
                }
                self.slot(reader)?.card = Some(card);
                self.insert(reader)?;
                self.settle(reader)
            }
            Command::Tries(reader) => self.tries(reader),
            Command::Unplug => self.unplug(),
        }
    }

    fn insert(&mut self, reader: usize) -> Result<()> {
        if self.unplugged.is_some() {
            bail!("reader {reader} is unplugged");
        }
        // A card that has just been pulled must have been missed, or the driver takes the new
        // connection for the old one.
        if !self.slot(reader)?.is_occupied() {
            self.settle(reader)?;
        }
        let seed = (self.seeds)()?;
        let sender = self.left.clone();
        let slot = find(&mut self.slots, reader)?;
        slot.insert(
            seed,
            || connect(&mut self.daemon, reader),
            move |left| {
                // Nobody waits for it when the program ends.
                let _ = sender.send(Event::CardLeft(left));
            },
        )
    }

    fn fault(&mut self, reader: usize, order: Order) -> Result<()> {
        let slot = self.slot(reader)?;
        let mut faults = slot.shared.faults.lock().unwrap_or_else(PoisonError::into_inner);
        match order {
            Order::Clear => faults.clear(),
            Order::Remove(removal) => faults.remove(removal),
            Order::Slow(slow) => faults.slow = slow,
        }
        drop(faults);
        self.journal.event("fault", json!({ "reader": reader }));
        Ok(())
    }

    fn tries(&mut self, reader: usize) -> Result<()> {
        let seed = (self.seeds)()?;
        let slot = self.slot(reader)?;
        let pins = slot.pins();
        let tries = match (slot.tries(), &slot.card) {
            (Some(tries), _) => tries,
            (None, Some(card)) => provision::tries(card, &seed)?,
            (None, None) => bail!("reader {reader} has no card"),
        };
        self.journal.event("tries", json!({ "reader": reader, "tries": tries, "pins": pins }));
        Ok(())
    }

    /// Waits until pcscd has seen what was done to a reader.
    fn settle(&mut self, reader: usize) -> Result<()> {
        let deadline = Instant::now() + NOTICE;
        while !self.slot(reader)?.is_settled() {
            if Instant::now() > deadline {
                bail!("pcscd does not notice the change in reader {reader}");
            }
            self.step()?;
        }
        Ok(())
    }

    /// Takes one event in, or looks after pcscd when there is none.
    fn step(&mut self) -> Result<()> {
        match self.events.recv_timeout(HEARTBEAT) {
            Ok(Event::CardLeft(left)) => self.card_left(left),
            Ok(Event::InputEnded) => self.lines.push_back(None),
            Ok(Event::Line(line)) => self.lines.push_back(Some(line)),
            Ok(Event::Looked(look)) => self.looked(look),
            Ok(Event::WatchEnded(error)) => return Err(error),
            Err(RecvTimeoutError::Timeout) => self.check_daemon()?,
            Err(RecvTimeoutError::Disconnected) => bail!("the event queue was closed"),
        }
        Ok(())
    }

    fn looked(&mut self, look: Look) {
        self.readers = Some(look.readers);
        // In readers that are unplugged pcscd sees no cards.
        let present = look.present.into_iter().chain(std::iter::repeat(false));
        for (slot, present) in self.slots.iter_mut().zip(present) {
            if let Some(since) = slot.looked(present) {
                let name = if present { "inserted" } else { "removed" };
                self.journal.event(
                    name,
                    json!({ "reader": slot.reader, "milliseconds": since.as_millis() as u64 }),
                );
            }
        }
    }

    fn card_left(&mut self, left: Left) {
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.reader == left.reader) else {
            return;
        };
        if !slot.left(&left) {
            return;
        }
        match left.end {
            Ok(end) => {
                self.journal.event("left", json!({ "reader": left.reader, "cause": end.name() }))
            }
            Err(error) => self.report(Err(error)),
        }
    }

    fn report(&self, done: Result<()>) {
        if let Err(error) = done {
            self.journal.event("error", json!({ "message": format!("{error:#}") }));
        }
    }

    fn check_daemon(&mut self) -> Result<()> {
        check(&mut self.daemon)
    }

    fn slot(&mut self, reader: usize) -> Result<&mut Slot> {
        find(&mut self.slots, reader)
    }

    fn end(self) -> Result<()> {
        for mut slot in self.slots {
            if slot.is_occupied() {
                slot.remove().context("cannot take the card out")?;
            }
        }
        self.daemon.end()?;
        self.journal.event("ended", json!({}));
        Ok(())
    }
}

fn find(slots: &mut [Slot], reader: usize) -> Result<&mut Slot> {
    let slot = reader.checked_sub(1).and_then(|index| slots.get_mut(index));
    slot.ok_or_else(|| anyhow!("there is no reader {reader}"))
}

fn check(daemon: &mut Daemon) -> Result<()> {
    match daemon.ended()? {
        None => Ok(()),
        Some(status) => bail!("pcscd has ended ({status}); see pcscd.log"),
    }
}

/// Connects to the driver of a reader, which a starting pcscd loads first.
fn connect(daemon: &mut Daemon, reader: usize) -> Result<TcpStream> {
    let deadline = Instant::now() + START;
    loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port(reader))) {
            Err(error)
                if error.kind() == ErrorKind::ConnectionRefused && Instant::now() < deadline =>
            {
                check(daemon)?;
                thread::sleep(KNOCK);
            }
            connected => return connected.context("the virtual reader does not listen"),
        }
    }
}

fn listen(commands: impl BufRead + Send + 'static, events: Sender<Event>) {
    thread::spawn(move || {
        for line in commands.lines().map_while(Result::ok) {
            if events.send(Event::Line(line)).is_err() {
                return;
            }
        }
        let _ = events.send(Event::InputEnded);
    });
}

fn watch_readers(count: usize, events: Sender<Event>) {
    thread::spawn(move || {
        let result = watch(count, |look| events.send(Event::Looked(look)).is_ok());
        if let Err(error) = result {
            let _ = events.send(Event::WatchEnded(error));
        }
    });
}

/// How long pcscd may take to offer its readers.
const START: Duration = Duration::from_secs(10);
/// How long pcscd may take to see a change; it looks every 0.4 s.
const NOTICE: Duration = Duration::from_secs(10);
/// How often a driver that is not there yet is tried.
const KNOCK: Duration = Duration::from_millis(1);
/// How often pcscd itself is looked after.
const HEARTBEAT: Duration = Duration::from_millis(100);
