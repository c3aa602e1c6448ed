//! The readers at one moment, for who wants to know why there are none.

use std::time::Duration;

use pcsc::{Context, Error, ReaderState as Watched, Scope, State};

use super::{ReaderState, failed};
use crate::CardError;

/// A reader, and who has its card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderLook {
    /// The reader.
    pub state: ReaderState,
    /// Whether a program holds the card for itself alone.
    pub exclusive: bool,
}

/// Looks at the readers once, without connecting to a card. It blocks for as long as the service
/// pleases.
///
/// # Errors
///
/// [`CardError::ReaderServiceMissing`]; `ModuleFailed` with what PC/SC says where the service runs
/// but does not serve this user (`SecurityViolation`, or `CommError` where it just hangs up).
pub fn look() -> Result<Vec<ReaderLook>, CardError> {
    let context =
        Context::establish(Scope::User).map_err(|error| failed("SCardEstablishContext", error))?;
    let names = match context.list_readers_owned() {
        Ok(names) => names,
        Err(Error::NoReadersAvailable) => Vec::new(),
        Err(error) => return Err(failed("SCardListReaders", error)),
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut readers: Vec<_> =
        names.into_iter().map(|name| Watched::new(name, State::UNAWARE)).collect();
    // With readers whose state is not known the call returns at once.
    context
        .get_status_change(Duration::ZERO, &mut readers)
        .map_err(|error| failed("SCardGetStatusChange", error))?;
    let look = |reader: &Watched| ReaderLook {
        state: ReaderState::of(reader),
        exclusive: reader.event_state().contains(State::EXCLUSIVE),
    };
    Ok(readers.iter().map(look).collect())
}
