use std::{
    sync::{Arc, MutexGuard},
    time::Duration,
};

use super::{hand::ScriptedHand, state::State};
use crate::{
    Batch, CardBackend, CardError, GoOn, KeyId, LastTry, Passcode, PasscodeRules, SignMechanism,
    Token, TokenId, backend::one_by_one,
};

type Signer = Box<dyn FnMut(&KeyId, SignMechanism, &[u8]) -> Vec<u8> + Send>;

/// A card with a passcode, a number of tries, and faults. Each reading of tokens and each
/// signature is a call; calls count from 0. Several cards in a `Vec` are one back end.
pub struct ScriptedCard {
    signer: Signer,
    hand: ScriptedHand,
}

impl ScriptedCard {
    /// A card with three tries; `signer` makes the signature of a digest with the key of an id.
    pub fn new(
        token: Token,
        passcode: &str,
        signer: impl FnMut(&KeyId, SignMechanism, &[u8]) -> Vec<u8> + Send + 'static,
    ) -> Self {
        let state = State::new(token, passcode);
        let hand = ScriptedHand::at(state);
        Self { signer: Box::new(signer), hand }
    }

    /// Starts with fewer tries; 0 is a blocked card.
    #[must_use]
    pub fn with_tries(self, tries: u8) -> Self {
        self.hand.state().tries = tries;
        self
    }

    /// Has an unblocking key, with three tries of which it tells when one was wrong.
    #[must_use]
    pub fn with_unblocking_key(self, key: &str) -> Self {
        self.hand.state().unblocking_key = Some(Passcode::new(key.to_owned()));
        self
    }

    /// Does not take this passcode as a new one.
    #[must_use]
    pub fn refusing(self, passcode: &str) -> Self {
        self.hand.state().refused = Some(passcode.to_owned());
        self
    }

    /// Signs nothing before its passcode is changed.
    #[must_use]
    pub fn with_expired_passcode(self) -> Self {
        self.hand.state().token.passcode.expired = true;
        self
    }

    /// Starts outside the reader.
    #[must_use]
    pub fn absent(self) -> Self {
        self.hand.remove();
        self
    }

    /// Is pulled during a call and stays out.
    #[must_use]
    pub fn removed_at(self, call: usize) -> Self {
        self.failing_at(call, CardError::CardRemoved)
    }

    /// Fails at a call with an error.
    #[must_use]
    pub fn failing_at(self, call: usize, error: CardError) -> Self {
        self.hand.state().faults.insert(call, error);
        self
    }

    /// Takes so long for each call.
    #[must_use]
    pub fn slowed_by(self, slowness: Duration) -> Self {
        self.hand.slow_by(slowness);
        self
    }

    /// Tells when a fault has pulled the card, as the hand knows by itself.
    #[must_use]
    pub fn telling(self, pulled: impl Fn() + Send + Sync + 'static) -> Self {
        self.hand.state().pulled = Some(Arc::new(pulled));
        self
    }

    /// The hand at this card's reader.
    #[must_use]
    pub fn hand(&self) -> ScriptedHand {
        self.hand.clone()
    }
}

impl CardBackend for ScriptedCard {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        match self.hand.call() {
            Err(CardError::CardRemoved) => return Ok(Vec::new()),
            other => other?,
        }
        let state = self.hand.state();
        Ok(vec![Token { passcode: state.passcode_state(), ..state.token.clone() }])
    }

    fn sign_batch(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let Batch { token, key, mechanism, digests, passcode, hold_passcode } = *batch;
        for digest in digests {
            mechanism.input(digest)?;
        }
        if digests.is_empty() {
            return Ok(Vec::new());
        }
        let always = {
            let mut state = self.hand.state();
            if !state.inserted || *token != state.token.id {
                return Err(CardError::CardRemoved);
            }
            state.verify(passcode)?;
            if state.token.passcode.expired {
                return Err(CardError::PasscodeExpired);
            }
            state.always_authenticates(key)?
        };
        let mut made = 0;
        one_by_one(digests, go_on, |digest| {
            if always && !hold_passcode && made > 0 {
                return Err(CardError::PasscodeAgain);
            }
            let lies = self.hand.lies_next();
            self.hand.call()?;
            if always {
                self.hand.state().verify(passcode)?;
            }
            made += 1;
            let mut signature = (self.signer)(key, mechanism, digest);
            if lies && let Some(last) = signature.last_mut() {
                *last ^= 1;
            }
            Ok(signature)
        })
    }

    fn passcode_rules(&mut self, token: &TokenId) -> Result<PasscodeRules, CardError> {
        Ok(self.at(token)?.rules())
    }

    fn change_passcode(
        &mut self,
        token: &TokenId,
        old: &Passcode,
        new: &Passcode,
    ) -> Result<(), CardError> {
        self.hand.call()?;
        let mut state = self.at(token)?;
        let rules = state.rules();
        if !rules.at_reader {
            rules.admit(new)?;
        }
        state.verify(old)?;
        state.set(new)
    }

    fn unblock_passcode(
        &mut self,
        token: &TokenId,
        key: &Passcode,
        new: &Passcode,
        last_try: LastTry,
    ) -> Result<(), CardError> {
        self.hand.call()?;
        let mut state = self.at(token)?;
        let rules = state.rules();
        let none = || CardError::Unsupported("unblocking".to_owned());
        let unblocking = rules.unblocking.ok_or_else(none)?;
        unblocking.admit((!rules.at_reader).then_some(key), last_try)?;
        if !rules.at_reader {
            rules.admit(new)?;
        }
        state.verify_key(key)?;
        state.set(new)
    }
}

impl ScriptedCard {
    /// What the card is, while it is in.
    fn at(&self, token: &TokenId) -> Result<MutexGuard<'_, State>, CardError> {
        let state = self.hand.state();
        let is_it = state.inserted && *token == state.token.id;
        if is_it { Ok(state) } else { Err(CardError::CardRemoved) }
    }
}
