//! Cards through a PKCS#11 module. Files follow the standard's chapters.

mod direct;
mod general_purpose;
mod object_management;
mod return_values;
mod session_management;
mod signing;
mod slot_management;

use std::path::Path;

use general_purpose::Module;
use signing::Order;
use slot_management::{Place, pins};

use crate::{
    Batch, CardBackend, CardError, GoOn, LastTry, Passcode, PasscodeRules, Token, TokenId,
    pcsc::Readers, piv,
};

/// A loaded module; only one at a time for each file. A module is not to be trusted to stay
/// alive: give it a process of its own.
pub struct Pkcs11Backend {
    module: Module,
    /// The cards that PC/SC has shown when the module was last asked.
    seen: Vec<(String, u32)>,
    read: slot_management::Read,
}

impl Pkcs11Backend {
    /// Loads and initialises a module; dropping it finalises it.
    ///
    /// # Errors
    ///
    /// [`CardError::ModuleMissing`] where the file is no module; `ModuleFailed` where
    /// `C_Initialize` says no.
    pub fn load(module: &Path) -> Result<Self, CardError> {
        let seen = Readers::now().cards();
        Ok(Self { module: Module::load(module)?, seen, read: slot_management::Read::default() })
    }

    /// Whether PC/SC shows a card, new since the module was asked last, that the module does not.
    fn overlooks_a_card(&self, tokens: &[Token], cards: &[(String, u32)]) -> bool {
        let new = |card: &&(String, u32)| !self.seen.contains(card);
        let known = |reader: &str| tokens.iter().any(|token| token.reader == reader);
        cards.iter().filter(new).any(|(reader, _)| !known(reader))
    }

    /// Does something at a token's place.
    fn at<T>(
        &self,
        token: &TokenId,
        act: impl FnOnce(&Module, Place<'_>) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let mut readers = Readers::now();
        let slot = slot_management::slot_of(&self.module.context, token)?;
        let reader = slot_management::reader_of(&self.module.context, slot, &readers)?;
        let done = act(&self.module, Place::new(slot, &reader, &readers));
        done.map_err(|error| readers.explain(&reader, error))
    }
}

impl CardBackend for Pkcs11Backend {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        let readers = Readers::now();
        let tokens = slot_management::tokens(&self.module.context, &readers, &mut self.read);
        let cards = readers.cards();
        // Some modules see a new card only once they are initialised again; doing so once for
        // each new card cannot become a loop.
        let again = match &tokens {
            Ok(tokens) => self.overlooks_a_card(tokens, &cards),
            Err(_) => self.seen != cards,
        };
        self.seen = cards;
        if !again {
            return tokens;
        }
        self.module.initialize_again()?;
        slot_management::tokens(&self.module.context, &readers, &mut self.read)
    }

    fn is_there(&mut self, token: &TokenId) -> Result<bool, CardError> {
        slot_management::is_there(&self.module.context, token)
    }

    fn sign_batch(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let Batch { token, key, mechanism, digests, passcode, hold_passcode } = *batch;
        let mut inputs = Vec::with_capacity(digests.len());
        for digest in digests {
            inputs.push(mechanism.input(digest)?);
        }
        if inputs.is_empty() {
            return Ok(Vec::new());
        }
        let mut readers = Readers::now();
        let slot = slot_management::slot_of(&self.module.context, token)?;
        let reader = slot_management::reader_of(&self.module.context, slot, &readers)?;
        let reader = reader.as_str();
        let place = Place::new(slot, reader, &readers);
        let order = Order { place, key, mechanism, inputs: &inputs, passcode, hold_passcode };
        let tries_left = || piv::tries_left(reader).ok().flatten();
        // Of what PC/SC knows nothing of, as a virtual card's slot, it is not asked.
        let before = readers.holds(reader).then(tries_left).flatten();
        let explain = |error| readers.explain(reader, error);
        let signed = signing::sign_each(&self.module, &order, go_on, explain);
        // A module that still holds on to a card from before it was taken out and put back. The
        // card is asked without the module, which may not take it well, and what it was given has
        // to have cost no try.
        if matches!(signed, Err(CardError::KeyMissing)) {
            // The certificates may be those of before the card was written to.
            self.read.forget(token);
        }
        let forgot = matches!(signed, Err(CardError::CardRemoved)) && before.is_some();
        if !forgot || tries_left() != before {
            return signed;
        }
        self.module.initialize_again()?;
        let slot = slot_management::slot_of(&self.module.context, token)?;
        let order = Order { place: Place::new(slot, reader, &readers), ..order };
        let explain = |error| readers.explain(reader, error);
        signing::sign_each(&self.module, &order, go_on, explain)
    }

    fn passcode_rules(&mut self, token: &TokenId) -> Result<PasscodeRules, CardError> {
        self.at(token, |module, place| pins::rules(&module.context, place))
    }

    fn change_passcode(
        &mut self,
        token: &TokenId,
        old: &Passcode,
        new: &Passcode,
    ) -> Result<(), CardError> {
        self.at(token, |module, place| pins::change(module, place, old, new))
    }

    fn unblock_passcode(
        &mut self,
        token: &TokenId,
        key: &Passcode,
        new: &Passcode,
        last_try: LastTry,
    ) -> Result<(), CardError> {
        self.at(token, |module, place| pins::unblock(module, place, key, new, last_try))
    }
}
