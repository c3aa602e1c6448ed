//! Another passcode, with the old one or with the unblocking key (PUK) (SP 800-73-4, part 2,
//! sections 3.2.2 and 3.2.3).

use zeroize::Zeroizing;

use super::{
    apdu::{Command, SUCCESS, Transmit},
    application::Application,
    passcode::{LONGEST, SHORTEST, padded, refused},
    pin_pad::{self, PinPad},
};
use crate::{CardError, LastTry, Passcode, PasscodeRules, PasscodeState, UnblockingKey};

impl<C: Transmit> Application<'_, C> {
    /// What a new passcode has to be, and what sets it. The tries that the unblocking key has left
    /// are not asked: a card does not say before one was wrong.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn passcode_rules(&mut self) -> Result<PasscodeRules, CardError> {
        let key = UnblockingKey { tries_left: None, min_length: SHORTEST, max_length: LONGEST };
        Ok(PasscodeRules {
            min_length: SHORTEST,
            max_length: LONGEST,
            digits: true,
            at_reader: PinPad::setting(self.channel).is_some(),
            // It is that of PIV's own passcode alone.
            unblocking: (!self.policy()?.prefers_global).then_some(key),
        })
    }

    /// `CHANGE REFERENCE DATA`.
    ///
    /// # Errors
    ///
    /// What the card says to either passcode; nothing reaches it that it could not have.
    pub fn change_passcode(&mut self, old: &Passcode, new: &Passcode) -> Result<(), CardError> {
        let (rules, state) = (self.passcode_rules()?, self.passcode_state()?);
        if state.blocked {
            return Err(CardError::PasscodeBlocked);
        }
        if !rules.at_reader {
            rules.admit(new)?;
            PasscodeState { pin_pad: false, ..state }.admit(old)?;
        }
        let reference = self.passcode_reference()?;
        match self.set(&rules, CHANGE, reference, old, new)? {
            refusal if refuses_new(refusal) => Err(CardError::NewPasscodeRefused),
            pin_pad::DIFFERENT => Err(CardError::NewPasscodesDiffer),
            status => self.judged("CHANGE REFERENCE DATA", status),
        }
    }

    /// `RESET RETRY COUNTER`, where so many tries are left as the card said when one was wrong.
    ///
    /// # Errors
    ///
    /// What the card says to the unblocking key.
    pub fn unblock_passcode(
        &mut self,
        key: &Passcode,
        new: &Passcode,
        tries_left: Option<u8>,
        last_try: LastTry,
    ) -> Result<(), CardError> {
        let rules = self.passcode_rules()?;
        let unblocking =
            rules.unblocking.ok_or_else(|| CardError::Unsupported("unblocking".to_owned()))?;
        let typed = (!rules.at_reader).then_some(key);
        UnblockingKey { tries_left, ..unblocking }.admit(typed, last_try)?;
        if !rules.at_reader {
            rules.admit(new)?;
        }
        match self.set(&rules, RESET_COUNTER, PIV_PASSCODE, key, new)? {
            SUCCESS => Ok(()),
            refusal if refuses_new(refusal) => Err(CardError::NewPasscodeRefused),
            [0x63, 0xc0] | [0x69, 0x83] => Err(CardError::UnblockingKeyBlocked),
            [0x63, counter] if counter & 0xf0 == 0xc0 => {
                Err(CardError::UnblockingKeyWrong { tries_left: Some(counter & 0x0f) })
            }
            [0x63, 0x00] => Err(CardError::UnblockingKeyWrong { tries_left: None }),
            pin_pad::LENGTH => Err(CardError::PasscodeLength { min: SHORTEST, max: LONGEST }),
            pin_pad::DIFFERENT => Err(CardError::NewPasscodesDiffer),
            pin_pad::TIMED_OUT | pin_pad::CANCELLED => Err(CardError::UserCancelled),
            [0x6a, 0x81] | [0x69, 0x82] => Err(CardError::ContactNeeded),
            other => Err(refused("RESET RETRY COUNTER", other)),
        }
    }

    /// Gives the card two passcodes, or has them typed at the reader.
    fn set(
        &mut self,
        rules: &PasscodeRules,
        instruction: u8,
        reference: u8,
        first: &Passcode,
        second: &Passcode,
    ) -> Result<[u8; 2], CardError> {
        let pad = if rules.at_reader { PinPad::setting(self.channel) } else { None };
        if let Some(pad) = pad {
            return pad.set(self.channel, instruction, reference);
        }
        let data = both(first, second)?;
        let head = [instruction, 0x00, reference];
        let command = Command { head, data: &data[..], answered: false, secret: true };
        Ok(self.channel.exchange(&command)?.status)
    }
}

/// The form is right by then: the card has rules beyond it, such as against the passcodes that
/// everybody has. `69 85` is what some cards say.
fn refuses_new(status: [u8; 2]) -> bool {
    matches!(status, [0x6a, 0x80] | [0x69, 0x85])
}

/// Two passcodes, each padded to eight bytes.
fn both(first: &Passcode, second: &Passcode) -> Result<Zeroizing<[u8; 16]>, CardError> {
    let mut both = Zeroizing::new([0; 16]);
    both[..8].copy_from_slice(&*padded(first)?);
    both[8..].copy_from_slice(&*padded(second)?);
    Ok(both)
}

const CHANGE: u8 = 0x24;
const RESET_COUNTER: u8 = 0x2c;
const PIV_PASSCODE: u8 = 0x80;

#[cfg(test)]
mod tests;
