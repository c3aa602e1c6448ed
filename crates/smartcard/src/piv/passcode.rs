//! The passcode of a PIV card: given, counted, and what the card says to it.

use zeroize::Zeroizing;

use super::{
    apdu::{Command, SUCCESS, Transmit},
    application::{Application, VERIFY, Verified},
    pin_pad::{self, PinPad},
};
use crate::{CardError, Passcode, PasscodeState};

impl<C: Transmit> Application<'_, C> {
    /// What is known of the passcode, without trying it.
    ///
    /// # Errors
    ///
    /// [`CardError::ContactNeeded`] where the card would not take it; what the reader says.
    pub fn passcode_state(&mut self) -> Result<PasscodeState, CardError> {
        let verified = self.verified()?;
        if verified == Verified::ContactNeeded {
            return Err(CardError::ContactNeeded);
        }
        let tries_left = verified.tries_left();
        Ok(PasscodeState {
            tries_left,
            wrong_before: false,
            last_try: tries_left == Some(1),
            blocked: tries_left == Some(0),
            expired: false,
            min_length: SHORTEST,
            max_length: LONGEST,
            pin_pad: PinPad::of(self.channel).is_some(),
        })
    }

    /// Gives the passcode (`VERIFY`, part 2, section 3.2.1), or has it typed at the reader.
    ///
    /// # Errors
    ///
    /// What the card says to it.
    pub fn verify(&mut self, passcode: &Passcode, at_reader: bool) -> Result<(), CardError> {
        let reference = self.passcode_reference()?;
        let pad = if at_reader { PinPad::of(self.channel) } else { None };
        let status = match pad {
            Some(pad) => pad.verify(self.channel, reference)?,
            None => {
                let data = padded(passcode)?;
                let head = [VERIFY, 0x00, reference];
                let command = Command { head, data: &*data, answered: false, secret: true };
                self.channel.exchange(&command)?.status
            }
        };
        self.judged("VERIFY", status)
    }

    /// What a card says to a passcode that it was given.
    ///
    /// # Errors
    ///
    /// Why it did not take it.
    pub fn judged(&mut self, command: &str, status: [u8; 2]) -> Result<(), CardError> {
        Err(match status {
            SUCCESS => return Ok(()),
            [0x63, 0x00] => match self.verified()? {
                Verified::No { tries_left: 0 } => CardError::PasscodeBlocked,
                other => CardError::PasscodeWrong { tries_left: other.tries_left() },
            },
            [0x63, 0xc0] | [0x69, 0x83] => CardError::PasscodeBlocked,
            [0x63, counter] if counter & 0xf0 == 0xc0 => {
                CardError::PasscodeWrong { tries_left: Some(counter & 0x0f) }
            }
            [0x6a, 0x80] | pin_pad::LENGTH => {
                CardError::PasscodeLength { min: SHORTEST, max: LONGEST }
            }
            // Neither over plain contactless (part 2, section 3.2.1).
            [0x6a, 0x81] | [0x69, 0x82] => CardError::ContactNeeded,
            pin_pad::TIMED_OUT | pin_pad::CANCELLED => CardError::UserCancelled,
            other => refused(command, other),
        })
    }
}

/// Eight bytes, the rest of them `FF` (part 2, section 2.4.3).
///
/// # Errors
///
/// `PasscodeLength` where it is longer, or empty.
pub fn padded(passcode: &Passcode) -> Result<Zeroizing<[u8; 8]>, CardError> {
    let mut padded = Zeroizing::new([0xff; 8]);
    let fits = passcode.with(|typed| {
        let place = padded.get_mut(..typed.len()).filter(|place| !place.is_empty());
        place.map(|place| place.copy_from_slice(typed.as_bytes())).is_some()
    });
    if fits { Ok(padded) } else { Err(CardError::PasscodeLength { min: SHORTEST, max: LONGEST }) }
}

/// A command that the card did not carry out.
pub fn refused(command: &str, status: [u8; 2]) -> CardError {
    CardError::ModuleFailed {
        function: command.to_owned(),
        code: Some(base16ct::upper::encode_string(&status)),
    }
}

/// A passcode has 6 to 8 digits (part 1, section 4.3.1; FIPS 201).
pub const LENGTHS: (u8, u8) = (SHORTEST, LONGEST);
/// As above.
pub const SHORTEST: u8 = 6;
/// As above.
pub const LONGEST: u8 = 8;
