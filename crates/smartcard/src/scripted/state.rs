use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use crate::{CardError, KeyId, Passcode, PasscodeRules, PasscodeState, Token, UnblockingKey};

/// Told that a fault has pulled the card.
pub type Pulled = Arc<dyn Fn() + Send + Sync>;

/// What a card is and knows, and what goes wrong with it.
pub struct State {
    pub token: Token,
    pub passcode: Passcode,
    pub tries: u8,
    pub unblocking_key: Option<Passcode>,
    pub key_tries: u8,
    /// Whether a wrong key has told how many tries it has left.
    pub key_told: bool,
    pub refused: Option<String>,
    pub inserted: bool,
    pub calls: usize,
    pub passcodes: usize,
    pub faults: BTreeMap<usize, CardError>,
    pub lies: BTreeSet<usize>,
    pub slowness: Duration,
    pub refusals: usize,
    pub failing: Option<CardError>,
    pub pulled: Option<Pulled>,
}

impl State {
    /// Of a card with all its tries, in its reader.
    pub fn new(token: Token, passcode: &str) -> Self {
        Self {
            token,
            passcode: Passcode::new(passcode.to_owned()),
            tries: FULL_TRIES,
            unblocking_key: None,
            key_tries: FULL_TRIES,
            key_told: false,
            refused: None,
            inserted: true,
            calls: 0,
            passcodes: 0,
            faults: BTreeMap::new(),
            lies: BTreeSet::new(),
            slowness: Duration::ZERO,
            refusals: 0,
            failing: None,
            pulled: None,
        }
    }

    pub fn passcode_state(&self) -> PasscodeState {
        PasscodeState {
            tries_left: Some(self.tries),
            wrong_before: self.tries < FULL_TRIES,
            last_try: self.tries == 1,
            blocked: self.tries == 0,
            ..self.token.passcode
        }
    }

    pub fn verify(&mut self, passcode: &Passcode) -> Result<(), CardError> {
        self.passcode_state().admit(passcode)?;
        self.passcodes += 1;
        let refused = self.refusals > 0;
        self.refusals = self.refusals.saturating_sub(1);
        // At a PIN pad the right passcode is typed.
        let right = self.token.passcode.pin_pad || passcode.expose() == self.passcode.expose();
        if right && !refused {
            self.tries = FULL_TRIES;
            return Ok(());
        }
        self.tries -= 1;
        Err(self.passcode_state().after_wrong())
    }

    pub fn rules(&self) -> PasscodeRules {
        let PasscodeState { min_length, max_length, pin_pad, .. } = self.token.passcode;
        let tries_left = (self.key_told || self.key_tries == 0).then_some(self.key_tries);
        let key = UnblockingKey { tries_left, min_length: 6, max_length: 8 };
        PasscodeRules {
            min_length,
            max_length,
            digits: true,
            at_reader: pin_pad,
            unblocking: self.unblocking_key.is_some().then_some(key),
        }
    }

    /// Takes a passcode as the new one; at a PIN pad it stays what it is.
    pub fn set(&mut self, new: &Passcode) -> Result<(), CardError> {
        if !self.token.passcode.pin_pad {
            if self.refused.as_deref() == Some(new.expose()) {
                return Err(CardError::NewPasscodeRefused);
            }
            self.passcode = Passcode::new(new.expose().to_owned());
        }
        self.token.passcode.expired = false;
        self.tries = FULL_TRIES;
        Ok(())
    }

    pub fn verify_key(&mut self, key: &Passcode) -> Result<(), CardError> {
        let right = self.unblocking_key.as_ref().is_some_and(|own| own.expose() == key.expose());
        // At a PIN pad the right one is typed.
        if right || self.token.passcode.pin_pad {
            (self.key_tries, self.key_told) = (FULL_TRIES, false);
            return Ok(());
        }
        (self.key_tries, self.key_told) = (self.key_tries - 1, true);
        Err(match self.key_tries {
            0 => CardError::UnblockingKeyBlocked,
            tries => CardError::UnblockingKeyWrong { tries_left: Some(tries) },
        })
    }

    /// Whether the key wants the passcode at each signature; an error where there is no such key.
    pub fn always_authenticates(&self, key: &KeyId) -> Result<bool, CardError> {
        let held = self.token.certificates.iter().find(|held| held.key == *key);
        held.map(|held| held.always_authenticate == Some(true)).ok_or(CardError::KeyMissing)
    }
}

/// Of the passcode and of the unblocking key.
pub const FULL_TRIES: u8 = 3;
