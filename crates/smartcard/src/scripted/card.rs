use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{
    Batch, CardBackend, CardCertificate, CardError, GoOn, KeyId, Passcode, PasscodeState,
    SignMechanism, Token, backend::one_by_one,
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
    inserted: bool,
    calls: usize,
    passcodes: usize,
    faults: BTreeMap<usize, CardError>,
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
            inserted: true,
            calls: 0,
            passcodes: 0,
            faults: BTreeMap::new(),
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
            state.always_authenticates(key)?
        };
        let mut made = 0;
        one_by_one(digests, go_on, |digest| {
            if always && !hold_passcode && made > 0 {
                return Err(CardError::PasscodeAgain);
            }
            self.hand.call()?;
            if always {
                self.hand.state().verify(passcode)?;
            }
            made += 1;
            Ok((self.signer)(key, mechanism, digest))
        })
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
        let card = self.iter_mut().find(|card| card.hand.state().token.id == *batch.token);
        card.ok_or(CardError::CardRemoved)?.sign_batch(batch, go_on)
    }
}

const FULL_TRIES: u8 = 3;
