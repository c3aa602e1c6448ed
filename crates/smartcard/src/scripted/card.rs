use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{
    Batch, CardBackend, CardCertificate, CardError, GoOn, KeyId, LastTry, Passcode, PasscodeRules,
    PasscodeState, SignMechanism, Token, TokenId, UnblockingKey, backend::one_by_one,
};

type Signer = Box<dyn FnMut(&KeyId, SignMechanism, &[u8]) -> Vec<u8> + Send>;
/// Told that a fault has pulled the card.
type Pulled = Arc<dyn Fn() + Send + Sync>;

/// A card with a passcode, a number of tries, and faults. Each reading of tokens and each
/// signature is a call; calls count from 0. Several cards in a `Vec` are one back end.
pub struct ScriptedCard {
    signer: Signer,
    hand: ScriptedHand,
}

/// The hand at the reader: takes the card out and in while a back end has it, and knows what the
/// card knows.
#[derive(Clone)]
pub struct ScriptedHand(Arc<Mutex<State>>);

struct State {
    token: Token,
    passcode: Passcode,
    tries: u8,
    unblocking_key: Option<Passcode>,
    key_tries: u8,
    /// Whether a wrong key has told how many tries it has left.
    key_told: bool,
    refused: Option<String>,
    inserted: bool,
    calls: usize,
    passcodes: usize,
    faults: BTreeMap<usize, CardError>,
    lies: BTreeSet<usize>,
    slowness: Duration,
    refusals: usize,
    failing: Option<CardError>,
    pulled: Option<Pulled>,
}

impl ScriptedCard {
    /// A card with three tries; `signer` makes the signature of a digest with the key of an id.
    pub fn new(
        token: Token,
        passcode: &str,
        signer: impl FnMut(&KeyId, SignMechanism, &[u8]) -> Vec<u8> + Send + 'static,
    ) -> Self {
        let state = State {
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
        };
        let hand = ScriptedHand(Arc::new(Mutex::new(state)));
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

impl ScriptedHand {
    /// Takes the card out.
    pub fn remove(&self) {
        self.state().inserted = false;
    }

    /// Puts the card in.
    pub fn insert(&self) {
        self.state().inserted = true;
    }

    /// Puts the card into a reader.
    pub fn insert_into(&self, reader: &str) {
        let mut state = self.state();
        state.token.reader = reader.to_owned();
        state.inserted = true;
    }

    /// Whether the card is in.
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.state().inserted
    }

    /// Fails at a call from now on with an error, 1 being the next; where that is
    /// [`CardError::CardRemoved`] the card is pulled.
    pub fn fail_at(&self, call: usize, error: CardError) {
        let mut state = self.state();
        let call = (state.calls + call).saturating_sub(1);
        state.faults.insert(call, error);
    }

    /// Fails at every call from now on with an error, which does not pull the card.
    pub fn fail_with(&self, error: CardError) {
        self.state().failing = Some(error);
    }

    /// Says that it signed, at a call from now on, 1 being the next, where what it gives is no
    /// signature by its key.
    pub fn lie_at(&self, call: usize) {
        let mut state = self.state();
        let call = (state.calls + call).saturating_sub(1);
        state.lies.insert(call);
    }

    /// Takes so many passcodes for wrong, whatever they are.
    pub fn refuse(&self, passcodes: usize) {
        self.state().refusals = passcodes;
    }

    /// Takes so long for each call from now on.
    pub fn slow_by(&self, slowness: Duration) {
        self.state().slowness = slowness;
    }

    /// Has other certificates from now on.
    pub fn show(&self, certificates: Vec<CardCertificate>) {
        self.state().token.certificates = certificates;
    }

    /// Forgets every fault.
    pub fn forgive(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.lies.clear();
        (state.slowness, state.refusals, state.failing) = (Duration::ZERO, 0, None);
    }

    /// Has all its tries again.
    pub fn unblock(&self) {
        self.state().tries = FULL_TRIES;
    }

    /// The tries that the passcode has left.
    #[must_use]
    pub fn tries_left(&self) -> u8 {
        self.state().tries
    }

    /// The tries that the unblocking key has left.
    #[must_use]
    pub fn key_tries_left(&self) -> u8 {
        self.state().key_tries
    }

    /// Whether this is the passcode now.
    #[must_use]
    pub fn has_passcode(&self, passcode: &str) -> bool {
        self.state().passcode.expose() == passcode
    }

    /// How often a passcode has reached the card, right or wrong.
    #[must_use]
    pub fn passcodes_given(&self) -> usize {
        self.state().passcodes
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lies_next(&self) -> bool {
        let state = self.state();
        state.lies.contains(&state.calls)
    }

    /// One call: as slow and as faulty as the script says.
    fn call(&self) -> Result<(), CardError> {
        let slowness = self.state().slowness;
        // Not with the state locked: the hand may pull the card meanwhile.
        thread::sleep(slowness);
        let mut state = self.state();
        let call = state.calls;
        state.calls += 1;
        let fault = state.faults.get(&call).or(state.failing.as_ref()).cloned();
        if fault == Some(CardError::CardRemoved) {
            state.inserted = false;
            if let Some(pulled) = state.pulled.clone() {
                drop(state);
                pulled();
            }
            return Err(CardError::CardRemoved);
        }
        match fault {
            Some(error) => Err(error),
            None if state.inserted => Ok(()),
            None => Err(CardError::CardRemoved),
        }
    }
}

impl State {
    fn passcode_state(&self) -> PasscodeState {
        PasscodeState {
            tries_left: Some(self.tries),
            wrong_before: self.tries < FULL_TRIES,
            last_try: self.tries == 1,
            blocked: self.tries == 0,
            ..self.token.passcode
        }
    }

    fn verify(&mut self, passcode: &Passcode) -> Result<(), CardError> {
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

    fn rules(&self) -> PasscodeRules {
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
    fn set(&mut self, new: &Passcode) -> Result<(), CardError> {
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

    fn verify_key(&mut self, key: &Passcode) -> Result<(), CardError> {
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
    fn always_authenticates(&self, key: &KeyId) -> Result<bool, CardError> {
        let held = self.token.certificates.iter().find(|held| held.key == *key);
        held.map(|held| held.always_authenticate == Some(true)).ok_or(CardError::KeyMissing)
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

impl CardBackend for Vec<ScriptedCard> {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        let each: Result<Vec<_>, _> = self.iter_mut().map(CardBackend::tokens).collect();
        Ok(each?.into_iter().flatten().collect())
    }

    fn sign_batch(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        card_of(self, batch.token)?.sign_batch(batch, go_on)
    }

    fn passcode_rules(&mut self, token: &TokenId) -> Result<PasscodeRules, CardError> {
        card_of(self, token)?.passcode_rules(token)
    }

    fn change_passcode(
        &mut self,
        token: &TokenId,
        old: &Passcode,
        new: &Passcode,
    ) -> Result<(), CardError> {
        card_of(self, token)?.change_passcode(token, old, new)
    }

    fn unblock_passcode(
        &mut self,
        token: &TokenId,
        key: &Passcode,
        new: &Passcode,
        last_try: LastTry,
    ) -> Result<(), CardError> {
        card_of(self, token)?.unblock_passcode(token, key, new, last_try)
    }
}

fn card_of<'a>(
    cards: &'a mut [ScriptedCard],
    token: &TokenId,
) -> Result<&'a mut ScriptedCard, CardError> {
    let card = cards.iter_mut().find(|card| card.hand.state().token.id == *token);
    card.ok_or(CardError::CardRemoved)
}

const FULL_TRIES: u8 = 3;
