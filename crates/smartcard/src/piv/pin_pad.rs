//! A reader's own PIN pad (PC/SC, part 10, sections 2.2 to 2.6): the reader asks for the passcode
//! and puts it into the command itself.

use super::{
    apdu::{Channel, Transmit},
    features,
};
use crate::CardError;

/// How a reader is told to ask for a passcode, or for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinPad {
    /// The control code of the feature.
    code: u32,
}

impl PinPad {
    /// The PIN pad of the card's reader; `None` where it has none.
    pub fn of<C: Transmit>(channel: &mut Channel<C>) -> Option<Self> {
        Self::with(channel, VERIFY_PIN_DIRECT)
    }

    /// The PIN pad on which another passcode is typed; `None` where it has none that does that.
    pub fn setting<C: Transmit>(channel: &mut Channel<C>) -> Option<Self> {
        Self::with(channel, MODIFY_PIN_DIRECT)
    }

    fn with<C: Transmit>(channel: &mut Channel<C>, wanted: u8) -> Option<Self> {
        features::code(&mut channel.card, wanted).map(|code| Self { code })
    }

    /// Has the reader ask for the passcode of a key reference and give it to the card: the
    /// status word of card or reader.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn verify<C: Transmit>(
        self,
        channel: &mut Channel<C>,
        reference: u8,
    ) -> Result<[u8; 2], CardError> {
        self.ask(channel, verify_structure(reference))
    }

    /// Has the reader ask for what is there now, the passcode or its unblocking key, and twice for
    /// the new passcode, and give them to the card: the status word of card or reader.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn set<C: Transmit>(
        self,
        channel: &mut Channel<C>,
        instruction: u8,
        reference: u8,
    ) -> Result<[u8; 2], CardError> {
        self.ask(channel, modify_structure(instruction, reference))
    }

    fn ask<C: Transmit>(
        self,
        channel: &mut Channel<C>,
        structure: Vec<u8>,
    ) -> Result<[u8; 2], CardError> {
        let answer = channel.card.control(self.code, structure)?;
        answer.last_chunk().copied().ok_or_else(|| CardError::ModuleFailed {
            function: "SCardControl".to_owned(),
            code: Some("an answer without a status word".to_owned()),
        })
    }
}

/// `PIN_VERIFY_STRUCTURE` (section 2.5.2) for a passcode of PIV: ASCII from the first byte of
/// eight, which are full of `FF`.
fn verify_structure(reference: u8) -> Vec<u8> {
    let command = [&[0x00, 0x20, 0x00, reference, 0x08][..], &[0xff; 8]].concat();
    let [data_length, ..] = command.len().to_le_bytes();
    let structure = [
        // Seconds until the first key, and between keys.
        TIME_OUT,
        TIME_OUT,
        // Bytes, from the first, justified left, ASCII.
        0x82,
        // No length in the command, eight bytes of passcode.
        0x08,
        0x00,
        // The longest and the shortest passcode.
        0x08,
        0x06,
        // Ends with the validation key.
        0x02,
        // One message, in English, the first.
        0x01,
        0x09,
        0x04,
        0x00,
        // T=1 prologue: the reader's own.
        0x00,
        0x00,
        0x00,
        data_length,
        0x00,
        0x00,
        0x00,
    ];
    [&structure[..], &command].concat()
}

/// `PIN_MODIFY_STRUCTURE` (section 2.5.3) for two passcodes of PIV, the one there is and the new one,
/// eight bytes each.
fn modify_structure(instruction: u8, reference: u8) -> Vec<u8> {
    let command = [&[0x00, instruction, 0x00, reference, 0x10][..], &[0xff; 16]].concat();
    let [data_length, ..] = command.len().to_le_bytes();
    let structure = [
        // As for one passcode.
        TIME_OUT,
        TIME_OUT,
        0x82,
        0x08,
        0x00,
        // Where the old and the new one begin.
        0x00,
        0x08,
        0x08,
        0x06,
        // The old one is asked for, and the new one twice.
        0x03,
        0x02,
        // Three messages: for the old one, the new one, and the new one again.
        0x03,
        0x09,
        0x04,
        0x00,
        0x01,
        0x02,
        0x00,
        0x00,
        0x00,
        data_length,
        0x00,
        0x00,
        0x00,
    ];
    [&structure[..], &command].concat()
}

/// The answer of a reader's own when nobody typed (section 2.5.2).
pub const TIMED_OUT: [u8; 2] = [0x64, 0x00];
/// The same when the cancel key was pressed.
pub const CANCELLED: [u8; 2] = [0x64, 0x01];
/// The same when the new passcode was not the same twice.
pub const DIFFERENT: [u8; 2] = [0x64, 0x02];
/// The same when the passcode is too short or too long.
pub const LENGTH: [u8; 2] = [0x64, 0x03];
const VERIFY_PIN_DIRECT: u8 = 0x06;
const MODIFY_PIN_DIRECT: u8 = 0x07;
/// In seconds, for one passcode; a little less than the caller waits.
const TIME_OUT: u8 = 25;

#[cfg(test)]
mod tests;
