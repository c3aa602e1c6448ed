//! One insertion of a card into a virtual reader: the protocol of vsmartcard's vpcd driver.
//!
//! The driver listens; the card connects and is present while the connection stands. A message is
//! two bytes of length (big endian) and a body; a body of one byte is a control message, any
//! other an APDU.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use rustix::net::sockopt::set_tcp_quickack;
use serde_json::json;

use crate::applet::{Seed, with_applet};
use crate::card::{Card, Kind, is_extended};
use crate::fault::{Faults, Moment};
use crate::journal::Journal;
use crate::store::Store;

/// What the program and a card in a reader share.
#[derive(Clone, Default)]
pub struct Shared {
    /// The faults ordered for this reader.
    pub faults: Arc<Mutex<Faults>>,
    /// PIN tries left of the card that is in.
    pub tries: Arc<AtomicU8>,
    /// How many PINs the reader's cards were given, right ones and wrong ones.
    pub pins: Arc<AtomicU64>,
}

/// How an insertion ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The connection ended: the card was taken out, or pcscd ended.
    Disconnected,
    /// A fault pulled the card.
    Pulled,
}

impl End {
    /// Its name in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Pulled => "pulled",
        }
    }
}

/// A reader's number, counted from 1, and the journal that gets a line for each APDU.
pub struct Trace {
    /// The reader.
    pub reader: usize,
    /// Where to write, if at all.
    pub journal: Option<Journal>,
}

/// Answers the driver until the card leaves.
///
/// # Errors
/// When the card's folder is damaged or the connection fails other than by its end.
pub fn run(
    mut stream: TcpStream,
    (store, kind): (Store, Kind),
    seed: &Seed,
    shared: &Shared,
    trace: &Trace,
) -> Result<End> {
    stream.set_nodelay(true).context("cannot configure the connection to the reader")?;
    with_applet(&store, seed, |applet| {
        let mut card = Card::of(kind, applet);
        shared.tries.store(card.pin_tries(), Ordering::SeqCst);
        let atr = kind.answer_to_reset();
        let end = answer(&mut card, atr, &mut stream, shared, trace);
        // The driver sees the removal at its next look.
        let _ = stream.shutdown(Shutdown::Both);
        end
    })
}

fn answer(
    card: &mut Card<'_>,
    answer_to_reset: &[u8],
    stream: &mut TcpStream,
    shared: &Shared,
    trace: &Trace,
) -> Result<End> {
    loop {
        let Some(message) = receive(stream)? else {
            return Ok(End::Disconnected);
        };
        let answer = match message[..] {
            [POWER_OFF | POWER_ON | RESET] => {
                card.reset();
                continue;
            }
            [ASK_ANSWER_TO_RESET] => answer_to_reset.to_vec(),
            _ => match transmit(card, &message, shared, trace) {
                Some(answer) => answer,
                None => return Ok(End::Pulled),
            },
        };
        let length = u16::try_from(answer.len()).context("the card's answer is too long")?;
        let framed = [&length.to_be_bytes()[..], &answer].concat();
        if let Err(error) = stream.write_all(&framed) {
            return ended(&error).map(|()| End::Disconnected).ok_or_else(|| error.into());
        }
    }
}

/// Carries out one APDU as the faults have it; `None` when the card leaves instead of answering.
fn transmit(card: &mut Card<'_>, apdu: &[u8], shared: &Shared, trace: &Trace) -> Option<Vec<u8>> {
    let (leaves, slow) = {
        let mut faults = shared.faults.lock().unwrap_or_else(PoisonError::into_inner);
        (faults.count(apdu), faults.slow)
    };
    if leaves == Some(Moment::Before) {
        return None;
    }
    let answer = card.transmit(apdu);
    if is_pin(apdu) {
        shared.pins.fetch_add(1, Ordering::SeqCst);
    }
    if matches!(apdu.get(1), Some(&(VERIFY | CHANGE_REFERENCE_DATA | RESET_RETRY_COUNTER))) {
        shared.tries.store(card.pin_tries(), Ordering::SeqCst);
    }
    trace.apdu(apdu, &answer);
    thread::sleep(slow);
    (leaves.is_none()).then_some(answer)
}

/// Whether a PIN comes with a `VERIFY`, which else asks for the tries (SP 800-73-4, part 2, 3.2.1).
fn is_pin(apdu: &[u8]) -> bool {
    // The lengths of one without data are three bytes at most.
    let data = if is_extended(apdu) { 7 } else { 5 };
    apdu.get(1) == Some(&VERIFY) && apdu.len() > data
}

impl Trace {
    fn apdu(&self, apdu: &[u8], answer: &[u8]) {
        let (Some(journal), [.., high, low]) = (&self.journal, answer) else {
            return;
        };
        journal.event(
            "apdu",
            json!({
                "reader": self.reader,
                "instruction": apdu.get(1).map(|byte| format!("{byte:02x}")),
                "length": apdu.len(),
                "extended": is_extended(apdu),
                "answer": answer.len() - 2,
                "status": format!("{high:02x}{low:02x}"),
            }),
        );
    }
}

/// Receives one message, `None` when the connection has ended.
fn receive(stream: &mut TcpStream) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 2];
    let mut body = Vec::new();
    let mut read = || -> std::io::Result<()> {
        // The driver writes length and body separately, so its second write waits for our
        // acknowledgement: at once, or 40 ms go by for each APDU. The kernel forgets the order.
        set_tcp_quickack(&*stream, true)?;
        stream.read_exact(&mut length)?;
        set_tcp_quickack(&*stream, true)?;
        body.resize(usize::from(u16::from_be_bytes(length)), 0);
        stream.read_exact(&mut body)?;
        set_tcp_quickack(&*stream, true)?;
        Ok(())
    };
    match read() {
        Ok(()) => Ok(Some(body)),
        Err(error) => ended(&error).map(|()| None).ok_or_else(|| error.into()),
    }
}

/// Whether an error is only the other end's, or our own, ending of the connection.
fn ended(error: &std::io::Error) -> Option<()> {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
    )
    .then_some(())
}

const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const ASK_ANSWER_TO_RESET: u8 = 4;
const VERIFY: u8 = 0x20;
const CHANGE_REFERENCE_DATA: u8 = 0x24;
const RESET_RETRY_COUNTER: u8 = 0x2c;
