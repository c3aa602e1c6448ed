//! Another passcode, with the old one or with the unblocking key (PUK) (SP 800-73-4, part 2,
//! sections 3.2.2 and 3.2.3).

use zeroize::Zeroizing;

use super::{
    apdu::{Command, SUCCESS, Transmit},
    application::Application,
    passcode::{LONGEST, SHORTEST, padded, refused},
};
use crate::{CardError, Passcode, PasscodeRules};

impl<C: Transmit> Application<'_, C> {
    /// `CHANGE REFERENCE DATA`.
    ///
    /// # Errors
    ///
    /// What the card says to either passcode; nothing reaches it that it could not have.
    pub fn change_passcode(&mut self, old: &Passcode, new: &Passcode) -> Result<(), CardError> {
        RULES.admit(new)?;
        self.passcode_state()?.admit(old)?;
        let reference = self.passcode_reference()?;
        let data = both(old, new)?;
        let command = Command {
            head: [CHANGE, 0x00, reference],
            data: &data[..],
            answered: false,
            secret: true,
        };
        let status = self.channel.exchange(&command)?.status;
        self.judged("CHANGE REFERENCE DATA", status)
    }

    /// `RESET RETRY COUNTER`. A card does not say how many tries its unblocking key has left before
    /// one was wrong, so that any may be the last.
    ///
    /// # Errors
    ///
    /// What the card says to the unblocking key.
    pub fn unblock_passcode(&mut self, key: &Passcode, new: &Passcode) -> Result<(), CardError> {
        RULES.admit(new)?;
        if !key.with(|typed| (usize::from(SHORTEST)..=usize::from(LONGEST)).contains(&typed.len()))
        {
            return Err(CardError::PasscodeLength { min: SHORTEST, max: LONGEST });
        }
        // The unblocking key is that of PIV's passcode, whichever the card prefers.
        let data = both(key, new)?;
        let command = Command {
            head: [RESET_COUNTER, 0x00, PIV_PASSCODE],
            data: &data[..],
            answered: false,
            secret: true,
        };
        match self.channel.exchange(&command)?.status {
            SUCCESS => Ok(()),
            [0x63, 0xc0] | [0x69, 0x83] => Err(CardError::UnblockingKeyBlocked),
            [0x63, counter] if counter & 0xf0 == 0xc0 => {
                Err(CardError::UnblockingKeyWrong { tries_left: Some(counter & 0x0f) })
            }
            [0x63, 0x00] => Err(CardError::UnblockingKeyWrong { tries_left: None }),
            [0x6a, 0x80] => Err(CardError::PasscodeLength { min: SHORTEST, max: LONGEST }),
            [0x6a, 0x81] | [0x69, 0x82] => Err(CardError::ContactNeeded),
            other => Err(refused("RESET RETRY COUNTER", other)),
        }
    }
}

/// Two passcodes, each padded to eight bytes.
fn both(first: &Passcode, second: &Passcode) -> Result<Zeroizing<[u8; 16]>, CardError> {
    let mut both = Zeroizing::new([0; 16]);
    both[..8].copy_from_slice(&*padded(first)?);
    both[8..].copy_from_slice(&*padded(second)?);
    Ok(both)
}

/// Six to eight digits (part 1, section 4.3.1; FIPS 201).
pub const RULES: PasscodeRules =
    PasscodeRules { min_length: SHORTEST, max_length: LONGEST, digits: true };
const CHANGE: u8 = 0x24;
const RESET_COUNTER: u8 = 0x2c;
const PIV_PASSCODE: u8 = 0x80;
