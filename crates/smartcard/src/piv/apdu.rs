//! Commands and answers of any length (ISO 7816-4, sections 5.1 to 5.3; SP 800-73-4, part 2,
//! section 4.2): chained or extended on the way out, fetched part by part or extended on the way
//! back.

use zeroize::Zeroizing;

use super::features;
use crate::{CardError, pcsc::Held};

/// Sends one command APDU to a card; the answer ends with the status word.
pub trait Transmit {
    /// `secret` says that a passcode is in it.
    ///
    /// # Errors
    ///
    /// What the reader says.
    fn transmit(&mut self, command: &[u8], secret: bool) -> Result<Vec<u8>, CardError>;

    /// Asks the reader's driver.
    ///
    /// # Errors
    ///
    /// What the reader says; where it has no such function too.
    fn control(&mut self, code: u32, data: Vec<u8>) -> Result<Vec<u8>, CardError>;
}

impl Transmit for Held {
    fn transmit(&mut self, command: &[u8], secret: bool) -> Result<Vec<u8>, CardError> {
        Self::transmit(self, command, secret)
    }

    fn control(&mut self, code: u32, data: Vec<u8>) -> Result<Vec<u8>, CardError> {
        Self::control(self, code, data)
    }
}

/// One command.
#[derive(Clone, Copy)]
pub struct Command<'a> {
    /// INS, P1, P2.
    pub head: [u8; 3],
    /// Of at most 65535 bytes.
    pub data: &'a [u8],
    /// Whether an answer with data is expected.
    pub answered: bool,
    /// Whether a passcode is in it.
    pub secret: bool,
}

/// What a card answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Without the status word.
    pub data: Vec<u8>,
    /// The status word.
    pub status: [u8; 2],
}

/// How much of an answer is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Its first part, of up to 256 bytes.
    Beginning,
    Whole,
}

/// Whether a card takes extended lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extended {
    /// It does not say so.
    No,
    /// It says so, and does not do so.
    Refused,
    /// It says so.
    Yes,
}

/// A card, and how it takes commands.
pub struct Channel<C> {
    /// The card.
    pub card: C,
    /// T=0 has no commands with both data and an answer.
    t0: bool,
    extended: Extended,
    /// Whether the card is reached over the air.
    pub contactless: bool,
}

impl<C: Transmit> Channel<C> {
    /// By the card's answer to reset; extended lengths only where that says so and the reader
    /// passes them, and never by T=0.
    pub fn new(mut card: C, atr: &[u8], t0: bool) -> Self {
        let takes = !t0 && takes_extended_lengths(atr);
        let passed = takes && !features::passes_short_only(&mut card);
        let extended = if passed { Extended::Yes } else { Extended::No };
        Self { card, t0, extended, contactless: is_contactless(atr) }
    }

    /// Whether the card has refused the extended lengths that it says it takes.
    pub fn refused_extended(&self) -> bool {
        self.extended == Extended::Refused
    }

    /// It has done so before: between a passcode and the signature it is not asked for them again,
    /// since a key that wants the passcode each time may forget it at any command.
    pub fn without_extended(&mut self) {
        self.extended = Extended::Refused;
    }

    /// Sends a command and collects the whole answer.
    ///
    /// # Errors
    ///
    /// What the reader says; `ModuleFailed` where the answer has no end or no status word.
    pub fn exchange(&mut self, command: &Command<'_>) -> Result<Answer, CardError> {
        if self.extended == Extended::Yes && (command.data.len() > SHORT_DATA || command.answered) {
            let answer = self.send(&extended(command), command.secret)?;
            if answer.status != WRONG_LENGTH {
                return self.collect(answer, Wanted::Whole);
            }
            // It claims what it does not do.
            self.extended = Extended::Refused;
        }
        self.exchange_short(command, Wanted::Whole)
    }

    /// Sends a command and takes the first part of the answer only, of up to 256 bytes; the status
    /// may say that there is more.
    ///
    /// # Errors
    ///
    /// As [`exchange`](Self::exchange).
    pub fn beginning(&mut self, command: &Command<'_>) -> Result<Answer, CardError> {
        self.exchange_short(command, Wanted::Beginning)
    }

    fn exchange_short(
        &mut self,
        command: &Command<'_>,
        wanted: Wanted,
    ) -> Result<Answer, CardError> {
        let (last, chained) = match command.data.chunks(SHORT_DATA).collect::<Vec<_>>()[..] {
            [] => (&[][..], Vec::new()),
            [ref chained @ .., last] => (last, chained.to_vec()),
        };
        for part in chained {
            let part = short(CHAINED, command.head, part, None);
            let answer = self.send(&part, command.secret)?;
            if answer.status != SUCCESS {
                return Ok(answer);
            }
        }
        // By T=0 the length of the answer to a command with data is asked for afterwards.
        let le = (command.answered && (!self.t0 || last.is_empty())).then_some(0);
        let mut apdu = short(PLAIN, command.head, last, le);
        if self.t0 && apdu.len() == HEAD {
            apdu.push(0);
        }
        let answer = self.send(&apdu, command.secret)?;
        let answer = match answer.status {
            [0x6c, le] if command.answered => {
                self.send(&short(PLAIN, command.head, last, Some(le)), command.secret)?
            }
            _ => answer,
        };
        self.collect(answer, wanted)
    }

    /// Fetches what the card says that it has left.
    fn collect(&mut self, mut answer: Answer, wanted: Wanted) -> Result<Answer, CardError> {
        let mut parts = 0;
        while let [0x61, left] = answer.status {
            if wanted == Wanted::Beginning && !answer.data.is_empty() {
                break;
            }
            let mut more = self.send(&short(PLAIN, GET_RESPONSE, &[], Some(left)), false)?;
            if let [0x6c, le] = more.status {
                more = self.send(&short(PLAIN, GET_RESPONSE, &[], Some(le)), false)?;
            }
            parts += 1;
            // A card that always has more would keep us for ever.
            if parts > MOST_PARTS || answer.data.len() + more.data.len() > LONGEST {
                return Err(nonsense("an answer without end"));
            }
            answer.data.append(&mut more.data);
            answer.status = more.status;
        }
        Ok(answer)
    }

    fn send(&mut self, apdu: &[u8], secret: bool) -> Result<Answer, CardError> {
        let mut data = self.card.transmit(apdu, secret)?;
        let Some((_, status)) = data.split_last_chunk::<2>() else {
            // Some drivers say so of a card that was pulled.
            return Err(nonsense("an answer without a status word"));
        };
        let status = *status;
        data.truncate(data.len() - status.len());
        if data.len() > LONGEST {
            return Err(nonsense("an answer without end"));
        }
        Ok(Answer { data, status })
    }
}

impl Answer {
    /// The data, where the card carried the command out.
    pub fn done(self) -> Option<Vec<u8>> {
        (self.status == SUCCESS).then_some(self.data)
    }
}

/// `SCardTransmit` brought what no card may say.
fn nonsense(what: &str) -> CardError {
    CardError::ModuleFailed { function: "SCardTransmit".to_owned(), code: Some(what.to_owned()) }
}

/// Data of up to 255 bytes; Le in its one byte, where 0 is 256.
fn short(class: u8, head: [u8; 3], data: &[u8], le: Option<u8>) -> Zeroizing<Vec<u8>> {
    let mut apdu = Zeroizing::new(Vec::with_capacity(HEAD + 2 + data.len()));
    apdu.push(class);
    apdu.extend(head);
    if let (false, Ok(lc)) = (data.is_empty(), u8::try_from(data.len())) {
        apdu.push(lc);
        apdu.extend_from_slice(data);
    }
    apdu.extend(le);
    apdu
}

fn extended(command: &Command<'_>) -> Zeroizing<Vec<u8>> {
    let data = command.data;
    let mut apdu = Zeroizing::new(Vec::with_capacity(HEAD + 5 + data.len()));
    apdu.push(PLAIN);
    apdu.extend(command.head);
    apdu.push(0);
    if let (false, Ok(lc)) = (data.is_empty(), u16::try_from(data.len())) {
        apdu.extend(lc.to_be_bytes());
        apdu.extend_from_slice(data);
    }
    if command.answered {
        // 65536.
        apdu.extend([0, 0]);
    }
    apdu
}

/// The card capabilities in the historical bytes of an answer to reset (ISO 7816-4, sections
/// 12.1.1 and 12.1.1.9; ISO 7816-3, section 8.2).
fn takes_extended_lengths(atr: &[u8]) -> bool {
    historical_bytes(atr).is_some_and(|historical| {
        // The category: compact TLV, with or without a status at the end.
        let Some((0x00 | 0x80, mut objects)) = historical.split_first() else { return false };
        while let Some((header, rest)) = objects.split_first() {
            let Some((value, rest)) = rest.split_at_checked(usize::from(header & 0x0f)) else {
                return false;
            };
            if let (7, [_, _, third]) = (header >> 4, value) {
                return third & 0x40 != 0;
            }
            objects = rest;
        }
        false
    })
}

/// The answer to reset that a contactless reader makes up for a card (PC/SC, part 3, section
/// 3.1.3.2.3): nothing but protocols and historical bytes. One of a card with contacts may look so
/// too.
fn is_contactless(atr: &[u8]) -> bool {
    match *atr {
        [0x3b, format, 0x80, 0x01, ref rest @ ..] => {
            let count = usize::from(format & 0x0f);
            // The check byte comes last.
            format & 0xf0 == 0x80 && rest.len() == count + 1
        }
        _ => false,
    }
}

fn historical_bytes(atr: &[u8]) -> Option<&[u8]> {
    let (_, rest) = atr.split_first()?;
    let (format, mut rest) = rest.split_first()?;
    let (count, mut present) = (usize::from(format & 0x0f), format >> 4);
    while present != 0 {
        let interface = usize::try_from(present.count_ones()).ok()?;
        let (bytes, after) = rest.split_at_checked(interface)?;
        // TD says which follow.
        present = if present & 0x08 == 0 { 0 } else { bytes.last()? >> 4 };
        rest = after;
    }
    rest.get(..count)
}

/// Done.
pub const SUCCESS: [u8; 2] = [0x90, 0x00];
const WRONG_LENGTH: [u8; 2] = [0x67, 0x00];
const PLAIN: u8 = 0x00;
const CHAINED: u8 = 0x10;
const GET_RESPONSE: [u8; 3] = [0xc0, 0x00, 0x00];
/// CLA, INS, P1, P2.
const HEAD: usize = 4;
const SHORT_DATA: usize = 255;
/// The longest answer, in bytes: four times the largest object of PIV (12704 bytes, part 1,
/// table 8).
const LONGEST: usize = 51_200;
/// So many parts of 256 bytes as the longest answer has, and again for cards that give less.
const MOST_PARTS: usize = 400;

#[cfg(test)]
mod tests;
