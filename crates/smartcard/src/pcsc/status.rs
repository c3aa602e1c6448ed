//! The readers at one moment, and what became of a card when a module only says that it failed.

use std::{ffi::CString, time::Duration};

use pcsc::{Context, Error, ReaderState as Watched, Scope, State};

use crate::CardError;

/// The readers at one moment; none where the service does not run.
#[derive(Default)]
pub(crate) struct Readers {
    context: Option<Context>,
    states: Vec<Watched>,
}

impl Readers {
    /// Looks at the readers, without waiting and without connecting to a card.
    pub fn now() -> Self {
        Self::read().unwrap_or_default()
    }

    fn read() -> Result<Self, Error> {
        let context = Context::establish(Scope::User)?;
        let names = context.list_readers_owned()?;
        let mut states: Vec<_> =
            names.into_iter().map(|name| Watched::new(name, State::UNAWARE)).collect();
        context.get_status_change(Duration::ZERO, &mut states)?;
        states.iter_mut().for_each(Watched::sync_current_state);
        Ok(Self { context: Some(context), states })
    }

    /// The reader that a PKCS#11 slot stands for. A slot's description is cut at 64 bytes, and
    /// some modules add to it.
    pub fn named(&self, description: &str) -> Option<String> {
        let names: Vec<_> =
            self.states.iter().map(|state| state.name().to_string_lossy()).collect();
        best_match(description, &names).map(str::to_owned)
    }

    /// The cards that are in: each reader's name, and the service's count of comings and goings.
    pub fn cards(&self) -> Vec<(String, u32)> {
        let present = self.states.iter().filter(|reader| is_present(reader));
        present
            .map(|reader| (reader.name().to_string_lossy().into_owned(), reader.event_count()))
            .collect()
    }

    /// The service's count for the card in a reader; `None` where there is none.
    pub fn count(&self, reader: &str) -> Option<u32> {
        self.cards().into_iter().find(|(name, _)| name == reader).map(|(_, count)| count)
    }

    /// Whether a card is in a reader.
    pub fn holds(&self, reader: &str) -> bool {
        self.count(reader).is_some()
    }

    /// Whether the service knows a reader of this name; where it could not be asked, it may.
    pub fn may_know(&self, reader: &str) -> bool {
        let is_it = |state: &Watched| state.name().to_string_lossy() == reader;
        self.context.is_none() || self.states.iter().any(is_it)
    }

    /// A failure of an operation that had begun, by what PC/SC knows of the card since this look:
    /// modules and drivers say anything of a card that was pulled.
    pub fn explain(&mut self, reader: &str, error: CardError) -> CardError {
        match error {
            CardError::CardMissing => CardError::CardRemoved,
            CardError::KeyMissing | CardError::ModuleFailed { .. } => {
                self.fate(reader).unwrap_or(error)
            }
            other => other,
        }
    }

    /// What became of the card in a reader since this look: `None` where it is still there and
    /// free. The service needs a moment to notice, so this waits for it.
    fn fate(&mut self, reader: &str) -> Option<CardError> {
        let context = self.context.as_ref()?;
        let name = CString::new(reader).ok()?;
        let before = self.states.iter().find(|state| state.name() == name.as_c_str())?;
        let (was_in, count) = (is_present(before), before.event_count());
        let mut now = [Watched::new(name, State::UNAWARE)];
        let look = |patience, now: &mut [Watched]| context.get_status_change(patience, now);
        if let Err(error) = look(Duration::ZERO, &mut now) {
            return Some(gone(error));
        }
        if was_in && is_present(&now[0]) && now[0].event_count() == count {
            if now[0].event_state().contains(State::EXCLUSIVE) {
                return Some(CardError::CardBusy);
            }
            now[0].sync_current_state();
            match look(NOTICED, &mut now) {
                Ok(()) => {}
                Err(Error::Timeout) => return None,
                Err(error) => return Some(gone(error)),
            }
        }
        let stayed = is_present(&now[0]) && now[0].event_count() == count;
        (!stayed).then_some(CardError::CardRemoved)
    }
}

/// What a failure of PC/SC means for the person with the card.
pub(crate) fn failed(function: &str, error: Error) -> CardError {
    match error {
        Error::NoService | Error::ServiceStopped => CardError::ReaderServiceMissing,
        Error::NoSmartcard | Error::RemovedCard => CardError::CardRemoved,
        Error::ReaderUnavailable | Error::UnknownReader => CardError::ReaderMissing,
        Error::ResetCard | Error::SharingViolation => CardError::CardBusy,
        other => CardError::ModuleFailed {
            function: function.to_owned(),
            code: Some(format!("{other:?}")),
        },
    }
}

fn gone(error: Error) -> CardError {
    failed("SCardGetStatusChange", error)
}

fn is_present(reader: &Watched) -> bool {
    reader.event_state().contains(State::PRESENT)
}

/// The name itself; else the only one that begins so, where the description was cut; else the
/// only one that is part of it.
fn best_match<'a>(description: &str, names: &'a [impl AsRef<str>]) -> Option<&'a str> {
    let description = description.trim_end();
    let names = || names.iter().map(AsRef::as_ref);
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut fitting = names().filter(|name| fits(name));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    let cut = description.len() >= CUT_FROM;
    only(&|name| name == description)
        .or_else(|| only(&|name| cut && name.starts_with(description)))
        .or_else(|| only(&|name| !name.is_empty() && description.contains(name)))
}

/// pcscd looks at readers each 400 ms.
const NOTICED: Duration = Duration::from_millis(600);
/// A description of 64 bytes can lose three of them where a character is cut.
const CUT_FROM: usize = 61;

#[cfg(test)]
mod tests;
