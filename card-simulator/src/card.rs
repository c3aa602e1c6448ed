//! The card as a reader sees it: ISO 7816-4 transport around the applet.

use iso7816::command::FromSliceError;
use iso7816::{Command, Instruction, Status};

use crate::applet::Applet;

/// What cards there are beside the usual one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Over the air, without a virtual contact interface: it takes no PIN.
    Contactless,
    /// Takes and gives up to 65536 bytes in one APDU, and says so in its answer to reset.
    ExtendedLengths,
    /// Says so and refuses them, as cards do that say nothing of the kind.
    ExtendedLengthsRefused,
    /// Its discovery object prefers the global PIN, which has the provisioned value; its PIV PIN has
    /// another counter, and a value that nobody knows.
    GlobalPin,
    /// With contacts, and the PIV PIN alone.
    #[default]
    Usual,
}

impl Kind {
    /// The card's answer to reset.
    pub fn answer_to_reset(self) -> &'static [u8] {
        match self {
            // As the reader makes it up (PC/SC, part 3, section 3.1.3.2.3).
            Self::Contactless => &[0x3b, 0x85, 0x80, 0x01, 0x80, 0x73, 0xff, 0x01, 0x00, 0x09],
            // The third byte of the card capabilities (ISO 7816-4, section 12.1.1.9): commands may be
            // chained, and lengths extended.
            Self::ExtendedLengths | Self::ExtendedLengthsRefused => {
                &[0x3b, 0x95, 0x13, 0x81, 0x01, 0x80, 0x73, 0xff, 0x01, 0xc0, 0xcb]
            }
            Self::GlobalPin | Self::Usual => {
                &[0x3b, 0x95, 0x13, 0x81, 0x01, 0x80, 0x73, 0xff, 0x01, 0x00, 0x0b]
            }
        }
    }

    /// What it answers where it does not do as the applet does.
    fn answer(self, apdu: &[u8]) -> Option<Vec<u8>> {
        match (self, apdu) {
            (Self::Contactless, [_, VERIFY | CHANGE_REFERENCE_DATA | RESET_RETRY_COUNTER, ..]) => {
                Some(SECURITY_STATUS.to_vec())
            }
            (Self::GlobalPin, [0x00, 0xcb, 0x3f, 0xff, 0x03, 0x5c, 0x01, 0x7e, ..]) => {
                Some([&PREFERS_GLOBAL[..], &[0x90, 0x00]].concat())
            }
            (Self::GlobalPin, [_, VERIFY, 0xff, PIV_PIN]) => Some(vec![0x90, 0x00]),
            (Self::GlobalPin, [_, VERIFY | CHANGE_REFERENCE_DATA, _, PIV_PIN, ..]) => {
                Some(OTHER_COUNTER.to_vec())
            }
            _ => None,
        }
    }

    /// The applet's PIN in place of the global one.
    fn to_applet(self, apdu: &[u8]) -> Option<Vec<u8>> {
        match (self, apdu) {
            (
                Self::GlobalPin,
                [class, ins @ (VERIFY | CHANGE_REFERENCE_DATA), p1, 0x00, rest @ ..],
            ) => Some([&[*class, *ins, *p1, PIV_PIN][..], rest].concat()),
            _ => None,
        }
    }
}

/// A powered card.
pub struct Card<'a> {
    applet: Applet<'a>,
    kind: Kind,
    chained: Option<Command<CAPACITY>>,
    answer: heapless::Vec<u8, CAPACITY>,
    answered: usize,
}

impl<'a> Card<'a> {
    /// Powers a usual card up.
    pub fn new(applet: Applet<'a>) -> Self {
        Self::of(Kind::Usual, applet)
    }

    /// Powers the card up.
    pub fn of(kind: Kind, applet: Applet<'a>) -> Self {
        Self { applet, kind, chained: None, answer: heapless::Vec::new(), answered: 0 }
    }

    /// Carries out one command APDU; the answer is its data and the two bytes of status.
    pub fn transmit(&mut self, apdu: &[u8]) -> Vec<u8> {
        if self.kind != Kind::ExtendedLengths && is_extended(apdu) {
            // It is a command between a PIN and a signature all the same.
            let _ = self.command(GET_NOTHING);
            return WRONG_LENGTH.to_vec();
        }
        if let Some(answer) = self.kind.answer(apdu) {
            return answer;
        }
        let moved = self.kind.to_applet(apdu);
        let apdu = moved.as_deref().unwrap_or(apdu);
        let (mut answer, status) = self.command(apdu).unwrap_or_else(|status| (vec![], status));
        let word: [u8; 2] = status.into();
        answer.extend_from_slice(&word);
        answer
    }

    /// What a reset or a power cycle does: ends chains and forgets that the PIN was right.
    pub fn reset(&mut self) {
        self.chained = None;
        self.answer.clear();
        self.answered = 0;
        // The applet's own `deselect` keeps the PIN verified.
        let _ = self.command(LOG_OUT);
    }

    /// How many PIN tries are left, 0 on a blocked card.
    pub fn pin_tries(&mut self) -> u8 {
        self.applet.pin_tries().unwrap_or(0)
    }

    fn command(&mut self, apdu: &[u8]) -> Result<(Vec<u8>, Status), Status> {
        let selection = full_selection(apdu);
        let apdu = selection.as_deref().unwrap_or(apdu);
        let command = Command::try_from(apdu).map_err(|error| match error {
            FromSliceError::InvalidClass => Status::ClassNotSupported,
            _ => Status::WrongLength,
        })?;
        let Some(command) = self.unchain(command)? else {
            return Ok((vec![], Status::Success));
        };
        if command.instruction() != Instruction::GetResponse {
            self.answer.clear();
            self.answered = 0;
            self.applet.piv.respond(command.as_view(), self.answer.as_mut_view())?;
        }
        Ok(self.next_part(command.expected()))
    }

    /// Collects the parts of a chained command (ISO 7816-4, 5.3.3): `None` until its last.
    fn unchain(&mut self, part: Command<CAPACITY>) -> Result<Option<Command<CAPACITY>>, Status> {
        let last = part.class().chain().last_or_only();
        let whole = match self.chained.take() {
            None => part,
            Some(mut begun) => {
                begun.extend_from_command(&part).map_err(|_| Status::WrongLength)?;
                begun
            }
        };
        if last {
            return Ok(Some(whole));
        }
        self.chained = Some(whole);
        Ok(None)
    }

    /// The next part of the answer, as much as the reader asked for. A command without Le still
    /// gets data: some administration tools omit it.
    fn next_part(&mut self, expected: usize) -> (Vec<u8>, Status) {
        let wanted = if expected == 0 { SHORT_ANSWER } else { expected };
        let rest = &self.answer[self.answered..];
        let (part, rest) = rest.split_at(wanted.min(rest.len()));
        self.answered += part.len();
        let status = match rest.len() {
            0 => Status::Success,
            left => Status::MoreAvailable(u8::try_from(left).unwrap_or(0)),
        };
        (part.to_vec(), status)
    }
}

/// Whether its lengths are extended ones (ISO 7816-4, section 5.1): the first of three bytes is zero
/// then.
pub fn is_extended(apdu: &[u8]) -> bool {
    apdu.len() >= EXTENDED && apdu[HEAD] == 0
}

/// Completes a SELECT by a truncated name, which a real card's dispatcher matches by prefix.
fn full_selection(apdu: &[u8]) -> Option<Vec<u8>> {
    let [0x00, 0xa4, 0x04, 0x00, length, rest @ ..] = apdu else {
        return None;
    };
    let name = rest.get(..usize::from(*length))?;
    if name.len() < PROVIDER_BYTES || !APPLICATION.starts_with(name) {
        return None;
    }
    Some([&[0x00, 0xa4, 0x04, 0x00, 11][..], &APPLICATION, &[0x00]].concat())
}

/// The PIV application's identifier (SP 800-73-4 part 1, 2.2).
const APPLICATION: [u8; 11] = [0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00];
/// The part of an application identifier that names its provider; a shorter prefix names nobody.
const PROVIDER_BYTES: usize = 5;
/// VERIFY that clears the security status of the PIN (SP 800-73-4 part 2, 3.2.1).
const LOG_OUT: &[u8] = &[0x00, 0x20, 0xff, 0x80];
/// GET DATA without a tag.
const GET_NOTHING: &[u8] = &[0x00, 0xcb, 0x3f, 0xff];
/// CLA, INS, P1, P2.
const HEAD: usize = 4;
/// The shortest command with an extended length, which has nothing but Le.
const EXTENDED: usize = HEAD + 3;
/// Longest command or answer that is put together from parts.
const CAPACITY: usize = 7609;
const SHORT_ANSWER: usize = 256;
const VERIFY: u8 = 0x20;
const CHANGE_REFERENCE_DATA: u8 = 0x24;
const RESET_RETRY_COUNTER: u8 = 0x2c;
const PIV_PIN: u8 = 0x80;
const SECURITY_STATUS: [u8; 2] = [0x69, 0x82];
const WRONG_LENGTH: [u8; 2] = [0x67, 0x00];
/// What is left of the PIN that nobody knows.
const OTHER_COUNTER: [u8; 2] = [0x63, 0xc5];
/// The discovery object (part 1, section 3.3.2): both PINs, the global one first.
const PREFERS_GLOBAL: [u8; 20] = [
    0x7e, 0x12, 0x4f, 0x0b, 0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00, 0x5f,
    0x2f, 0x02, 0x60, 0x20,
];

#[cfg(test)]
mod tests;
