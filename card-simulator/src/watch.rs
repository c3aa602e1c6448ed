//! What pcscd sees in its readers, as any of its clients would see it.

use std::ffi::CString;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use pcsc::{Context, Error, ReaderState, Scope, State};

/// One look at all readers.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Look {
    /// The readers' names, the first reader first; none while they are unplugged.
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
    loop {
        let (context, mut readers) = readers(count);
        // The driver numbers its readers at the end of their names.
        readers.sort();
        if readers.is_empty() {
            report(Look::default());
            return Ok(());
        }
        // Until they are unplugged.
        if !watch_these(&context, readers, &mut report)? {
            return Ok(());
        }
        if are_gone(&context)? && !report(Look::default()) {
            return Ok(());
        }
    }
}

/// Waits until pcscd has so many.
fn readers(count: usize) -> (Context, Vec<CString>) {
    loop {
        if let Ok(context) = Context::establish(Scope::User)
            && let Ok(readers) = context.list_readers_owned()
            && readers.len() >= count
        {
            return (context, readers);
        }
        thread::sleep(POLL);
    }
}

/// Reports each change until pcscd does not know one of them any more (true) or `report` answers false.
fn watch_these(
    context: &Context,
    readers: Vec<CString>,
    report: &mut impl FnMut(Look) -> bool,
) -> Result<bool> {
    let names: Vec<_> = readers.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let mut states: Vec<_> =
        readers.into_iter().map(|name| ReaderState::new(name, State::UNAWARE)).collect();
    loop {
        match context.get_status_change(None, &mut states) {
            Ok(()) => {}
            Err(Error::UnknownReader) => return Ok(true),
            Err(error) => return Err(error).context("pcscd does not answer any more"),
        }
        if states.iter().any(|state| state.event_state().contains(State::UNKNOWN)) {
            return Ok(true);
        }
        let present =
            states.iter().map(|state| state.event_state().contains(State::PRESENT)).collect();
        states.iter_mut().for_each(ReaderState::sync_current_state);
        if !report(Look { readers: names.clone(), present }) {
            return Ok(false);
        }
    }
}

/// Waits until pcscd has no reader, since those of one device go one after the other; whether it came
/// to that.
fn are_gone(context: &Context) -> Result<bool> {
    let deadline = Instant::now() + GOING;
    loop {
        // `SCARD_E_NO_READERS_AVAILABLE` is an empty list here.
        let left = context.list_readers_owned().context("pcscd does not answer any more")?;
        if left.is_empty() {
            return Ok(true);
        }
        if Instant::now() > deadline {
            return Ok(false);
        }
        thread::sleep(POLL);
    }
}

const POLL: Duration = Duration::from_millis(5);
/// As long as whoever unplugs them waits.
const GOING: Duration = Duration::from_secs(10);
