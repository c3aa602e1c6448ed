use std::path::Path;

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::Error,
};

use super::return_values::failed;
use crate::CardError;

pub fn initialize(module: &Path) -> Result<Pkcs11, CardError> {
    let missing = |error: Error| CardError::ModuleMissing(format!("{}: {error}", module.display()));
    let context = Pkcs11::new(module).map_err(missing)?;
    let locking = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    context.initialize(locking).map_err(failed)?;
    Ok(context)
}
