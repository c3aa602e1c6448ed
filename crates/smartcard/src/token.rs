use serde::{Deserialize, Serialize};

use crate::{CardCertificate, CardError, Passcode};

/// Names a token within one back end, as long as it stays in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenId(pub String);

/// A card, or a part of a card that has a passcode of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its name here.
    pub id: TokenId,
    /// For a card in a reader, the reader's name as PC/SC has it; else the slot's description.
    pub reader: String,
    /// The token's label.
    pub label: String,
    /// The token's serial number.
    pub serial: String,
    /// Its maker.
    pub manufacturer: String,
    /// The certificates on it.
    pub certificates: Vec<CardCertificate>,
    /// What is known of its passcode.
    pub passcode: PasscodeState,
}

/// What is known of a token's passcode without trying it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasscodeState {
    /// Tries left, where the card says.
    pub tries_left: Option<u8>,
    /// A wrong passcode has been given since the last right one, where the module tells.
    pub wrong_before: bool,
    /// One more wrong passcode blocks the card.
    pub last_try: bool,
    /// The card takes no passcode any more.
    pub blocked: bool,
    /// The passcode has to be changed before the card signs, where the module tells.
    pub expired: bool,
    /// The shortest passcode, in bytes.
    pub min_length: u8,
    /// The longest passcode, in bytes.
    pub max_length: u8,
    /// The passcode is typed at the reader.
    pub pin_pad: bool,
}

/// What a new passcode has to be, said before it is typed, and what sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasscodeRules {
    /// The shortest, in bytes.
    pub min_length: u8,
    /// The longest, in bytes.
    pub max_length: u8,
    /// Digits only.
    pub digits: bool,
    /// Old and new are typed at the reader.
    pub at_reader: bool,
    /// What unblocks the passcode; `None` where this way to the card has nothing that does.
    pub unblocking: Option<UnblockingKey>,
}

/// What is known of a token's unblocking key without trying it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnblockingKey {
    /// Tries left, where the card has said; most do only when one was wrong.
    pub tries_left: Option<u8>,
    /// The shortest, in bytes.
    pub min_length: u8,
    /// The longest, in bytes.
    pub max_length: u8,
}

impl PasscodeRules {
    /// Keeps from the card what it could not take.
    ///
    /// # Errors
    ///
    /// [`CardError::PasscodeLength`], or [`CardError::PasscodeDigits`].
    pub(crate) fn admit(&self, passcode: &Passcode) -> Result<(), CardError> {
        let (min, max) = (self.min_length, self.max_length);
        let lengths = usize::from(min)..=usize::from(max);
        if !passcode.with(|typed| lengths.contains(&typed.len())) {
            return Err(CardError::PasscodeLength { min, max });
        }
        let digits = passcode.with(|typed| typed.bytes().all(|byte| byte.is_ascii_digit()));
        if self.digits && !digits { Err(CardError::PasscodeDigits) } else { Ok(()) }
    }
}

impl UnblockingKey {
    /// Keeps a key from the card that it could not have, or where nobody has warned the user. `None`:
    /// it is typed at the reader.
    ///
    /// # Errors
    ///
    /// [`CardError::UnblockingKeyBlocked`], `UnblockingKeyLength` or `UnblockingKeyLastTry`.
    pub(crate) fn admit(&self, key: Option<&Passcode>, last_try: LastTry) -> Result<(), CardError> {
        let (min, max) = (self.min_length, self.max_length);
        let lengths = usize::from(min)..=usize::from(max);
        let fits = key.is_none_or(|key| key.with(|typed| lengths.contains(&typed.len())));
        match self.tries_left {
            Some(0) => Err(CardError::UnblockingKeyBlocked),
            _ if !fits => Err(CardError::UnblockingKeyLength { min, max }),
            Some(2..) => Ok(()),
            Some(1) | None if last_try == LastTry::Accepted => Ok(()),
            Some(1) | None => Err(CardError::UnblockingKeyLastTry),
        }
    }
}

/// Whether the user knows that a wrong unblocking key may be the last that the card takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastTry {
    /// They were warned, and want to.
    Accepted,
    /// Nobody warned them: it is tried only where the card has said that more tries are left.
    Avoided,
}

impl PasscodeState {
    /// Keeps a passcode from the card that it would be wrong to give.
    ///
    /// # Errors
    ///
    /// [`CardError::PasscodeBlocked`], or [`CardError::PasscodeLength`] where it is typed here.
    pub(crate) fn admit(&self, passcode: &Passcode) -> Result<(), CardError> {
        if self.blocked {
            return Err(CardError::PasscodeBlocked);
        }
        let (min, max) = (self.min_length, self.max_length);
        let fits =
            passcode.with(|typed| (usize::from(min)..=usize::from(max)).contains(&typed.len()));
        if self.pin_pad || fits { Ok(()) } else { Err(CardError::PasscodeLength { min, max }) }
    }

    /// What a wrong passcode leaves, as this state was read after it.
    pub(crate) fn after_wrong(&self) -> CardError {
        match self.tries_left.or(self.last_try.then_some(1)) {
            _ if self.blocked => CardError::PasscodeBlocked,
            tries_left => CardError::PasscodeWrong { tries_left },
        }
    }
}

#[cfg(test)]
mod tests;
