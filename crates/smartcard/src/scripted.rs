//! A card that does what its script says, for tests without a reader.

use crate::{CardBackend, CardError, KeyId, Passcode, SignMechanism, Token, TokenId};

type Signer = Box<dyn FnMut(&KeyId, &[u8]) -> Vec<u8> + Send>;

/// A card with a passcode, a number of tries, and faults.
pub struct ScriptedCard {
    token: Token,
    passcode: String,
    tries: u8,
    remove_at: Option<usize>,
    calls: usize,
    signer: Signer,
}

impl ScriptedCard {
    /// A card with three tries; `signer` makes the signature of a digest with the key of an id.
    pub fn new(
        token: Token,
        passcode: &str,
        signer: impl FnMut(&KeyId, &[u8]) -> Vec<u8> + Send + 'static,
    ) -> Self {
        Self {
            token,
            passcode: passcode.to_owned(),
            tries: FULL_TRIES,
            remove_at: None,
            calls: 0,
            signer: Box::new(signer),
        }
    }

    /// Starts with fewer tries.
    #[must_use]
    pub fn with_tries(mut self, tries: u8) -> Self {
        self.tries = tries;
        self
    }

    /// Is pulled during the n-th signature or reading, from 0.
    #[must_use]
    pub fn removed_at(mut self, call: usize) -> Self {
        self.remove_at = Some(call);
        self
    }

    fn step(&mut self) -> Result<(), CardError> {
        let gone = self.remove_at.is_some_and(|call| self.calls >= call);
        self.calls += 1;
        if gone { Err(CardError::CardRemoved) } else { Ok(()) }
    }

    fn check(&mut self, passcode: &Passcode) -> Result<(), CardError> {
        if self.tries == 0 {
            return Err(CardError::PasscodeBlocked);
        }
        if passcode.expose() == self.passcode {
            self.tries = FULL_TRIES;
            return Ok(());
        }
        self.tries -= 1;
        match self.tries {
            0 => Err(CardError::PasscodeBlocked),
            tries => Err(CardError::PasscodeWrong { tries_left: Some(tries) }),
        }
    }
}

impl CardBackend for ScriptedCard {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        match self.step() {
            Err(CardError::CardRemoved) => return Ok(Vec::new()),
            other => other?,
        }
        let mut token = self.token.clone();
        token.passcode.tries_left = Some(self.tries);
        token.passcode.wrong_before = self.tries < FULL_TRIES;
        token.passcode.last_try = self.tries == 1;
        token.passcode.blocked = self.tries == 0;
        Ok(vec![token])
    }

    fn sign_many(
        &mut self,
        token: &TokenId,
        key: &KeyId,
        _: SignMechanism,
        digests: &[Vec<u8>],
        passcode: &Passcode,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        if *token != self.token.id {
            return Err(CardError::CardMissing);
        }
        if !self.token.certificates.iter().any(|held| held.key == *key) {
            return Err(CardError::KeyMissing);
        }
        self.check(passcode)?;
        let sign = |digest: &Vec<u8>| {
            self.step()?;
            Ok((self.signer)(key, digest))
        };
        Ok(digests.iter().map(sign).collect())
    }
}

const FULL_TRIES: u8 = 3;

#[cfg(test)]
mod tests;
