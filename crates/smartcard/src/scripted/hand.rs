use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::state::{FULL_TRIES, State};
use crate::{CardCertificate, CardError};

/// The hand at the reader: takes the card out and in while a back end has it, and knows what the
/// card knows.
#[derive(Clone)]
pub struct ScriptedHand(Arc<Mutex<State>>);

impl ScriptedHand {
    pub(super) fn at(card: State) -> Self {
        Self(Arc::new(Mutex::new(card)))
    }

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

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the next call lies.
    pub(super) fn lies_next(&self) -> bool {
        let state = self.state();
        state.lies.contains(&state.calls)
    }

    /// One call: as slow and as faulty as the script says.
    pub(super) fn call(&self) -> Result<(), CardError> {
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
