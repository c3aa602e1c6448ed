//! Cards through a PKCS#11 module. Files follow the standard's chapters.

mod general_purpose;
mod object_management;
mod return_values;
mod session_management;
mod signing;
mod slot_management;

use std::path::Path;

use cryptoki::context::Pkcs11;

use crate::{CardBackend, CardError, KeyId, Passcode, SignMechanism, Token, TokenId};

/// A loaded module. A module is not to be trusted to stay alive: give it a process of its own.
pub struct Pkcs11Backend {
    context: Option<Pkcs11>,
}

impl Pkcs11Backend {
    /// Loads and initialises a module.
    ///
    /// # Errors
    ///
    /// [`CardError::ModuleMissing`] where the file is no module; `ModuleFailed` where
    /// `C_Initialize` says no.
    pub fn load(module: &Path) -> Result<Self, CardError> {
        Ok(Self { context: Some(general_purpose::initialize(module)?) })
    }

    fn context(&self) -> Result<&Pkcs11, CardError> {
        let none = || CardError::ModuleFailed { function: "C_Initialize".to_owned(), code: None };
        self.context.as_ref().ok_or_else(none)
    }
}

impl Drop for Pkcs11Backend {
    fn drop(&mut self) {
        if let Some(context) = self.context.take() {
            // There is nobody left to tell.
            let _ = context.finalize();
        }
    }
}

impl CardBackend for Pkcs11Backend {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        slot_management::tokens(self.context()?)
    }

    fn sign_many(
        &mut self,
        token: &TokenId,
        key: &KeyId,
        mechanism: SignMechanism,
        digests: &[Vec<u8>],
        passcode: &Passcode,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let context = self.context()?;
        let slot = slot_management::slot_of(context, token)?;
        let state = slot_management::passcode_state(context, slot)?;
        if state.blocked {
            return Err(CardError::PasscodeBlocked);
        }
        let length = passcode.expose().len();
        if length < usize::from(state.min_length) || length > usize::from(state.max_length) {
            return Err(CardError::PasscodeLength { min: state.min_length, max: state.max_length });
        }
        let session = session_management::log_in(context, slot, passcode)?;
        let key = object_management::private_key(&session, key)?;
        let results = signing::sign_each(&session, &key, mechanism, digests, passcode);
        session_management::log_out(session);
        Ok(results)
    }
}
