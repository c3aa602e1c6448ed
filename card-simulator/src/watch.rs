//! What pcscd sees in its readers, as any of its clients would see it.

use std::ffi::CString;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use pcsc::{Context, ReaderState, Scope, State};

/// One look at all readers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Look {
    /// The readers' names, the first reader first.
    pub readers: Vec<String>,
    /// Whether each has a card in it.
    pub present: Vec<bool>,
}

/// Waits until pcscd offers `count` readers, then reports the first look and each change to
/// `report`, until that answers false; of no readers there is one look.
///
/// # Errors
/// When pcscd ends or answers what makes no sense; a pcscd that does not start at all is waited
/// for without end, its process is another's to watch.
pub fn watch(count: usize, mut report: impl FnMut(Look) -> bool) -> Result<()> {
    let (context, mut readers) = loop {
        if let Ok(context) = Context::establish(Scope::User)
            && let Ok(readers) = context.list_readers_owned()
            && readers.len() >= count
        {
            break (context, readers);
        }
        thread::sleep(POLL);
    };
    // The driver numbers its readers at the end of their names.
    readers.sort();
    let names: Vec<_> = readers.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let mut states: Vec<_> =
        readers.into_iter().map(|name: CString| ReaderState::new(name, State::UNAWARE)).collect();
    if names.is_empty() {
        report(Look { readers: names, present: Vec::new() });
        return Ok(());
    }
    loop {
        context.get_status_change(None, &mut states).context("pcscd does not answer any more")?;
        let present =
            states.iter().map(|state| state.event_state().contains(State::PRESENT)).collect();
        states.iter_mut().for_each(ReaderState::sync_current_state);
        if !report(Look { readers: names.clone(), present }) {
            return Ok(());
        }
    }
}

const POLL: Duration = Duration::from_millis(5);
