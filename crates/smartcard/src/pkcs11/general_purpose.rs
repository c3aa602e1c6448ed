use std::path::Path;

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::Error,
};

use super::{direct::Direct, return_values::failed};
use crate::CardError;

/// A module from `C_Initialize` to `C_Finalize`.
pub struct Module {
    pub context: Pkcs11,
    /// The module's own functions, where they can be had.
    pub direct: Option<Direct>,
}

impl Module {
    pub fn load(path: &Path) -> Result<Self, CardError> {
        let missing =
            |error: Error| CardError::ModuleMissing(format!("{}: {error}", path.display()));
        let context = Pkcs11::new(path).map_err(missing)?;
        initialize(&context)?;
        Ok(Self { direct: Direct::of(path), context })
    }

    /// Finalises the module and initialises it again. No session may be open.
    pub fn initialize_again(&self) -> Result<(), CardError> {
        // A module that cannot be finalised says at C_Initialize what is wrong.
        let _ = self.context.clone().finalize();
        initialize(&self.context)
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.context.clone().finalize();
    }
}

fn initialize(context: &Pkcs11) -> Result<(), CardError> {
    let locking = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    context.initialize(locking).map_err(failed)
}
