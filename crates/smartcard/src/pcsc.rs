//! Readers that come and go, and cards in them, from the PC/SC service's own blocking call.

use std::{thread, time::Duration};

use pcsc::{Context, Error, PNP_NOTIFICATION, ReaderState as Watched, Scope, State};

/// A reader as the service sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderState {
    /// The reader's name.
    pub name: String,
    /// Whether a card is in it.
    pub card_present: bool,
}

/// What the watch tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReaderEvent {
    /// Every reader, after any of them changed.
    Readers(Vec<ReaderState>),
    /// The PC/SC service does not run, or went away.
    ServiceMissing,
}

/// The thread that watches. It never connects to a card.
#[derive(Debug)]
pub struct ReaderWatch(thread::JoinHandle<()>);

impl ReaderWatch {
    /// Starts watching; the first event comes at once.
    pub fn start(mut sink: impl FnMut(ReaderEvent) + Send + 'static) -> Self {
        Self(thread::spawn(move || {
            let mut pause = FIRST_PAUSE;
            loop {
                if let Ok(context) = Context::establish(Scope::User) {
                    pause = FIRST_PAUSE;
                    // Ends only when the service does.
                    let _ = watch(&context, &mut sink);
                }
                sink(ReaderEvent::ServiceMissing);
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }))
    }

    /// Lets it run as long as the program.
    pub fn detach(self) {
        drop(self.0);
    }
}

fn watch(context: &Context, sink: &mut impl FnMut(ReaderEvent)) -> Result<(), Error> {
    let mut readers = vec![Watched::new(PNP_NOTIFICATION(), State::UNAWARE)];
    loop {
        update(context, &mut readers)?;
        // A reader that is new is unaware, so this call returns at once with its state.
        match context.get_status_change(None, &mut readers) {
            Ok(()) | Err(Error::Timeout | Error::UnknownReader) => {}
            Err(error) => return Err(error),
        }
        readers.iter_mut().for_each(Watched::sync_current_state);
        sink(ReaderEvent::Readers(readers[1..].iter().map(state_of).collect()));
    }
}

/// Brings the list in line with the readers that the service has now.
fn update(context: &Context, readers: &mut Vec<Watched>) -> Result<(), Error> {
    let names = match context.list_readers_owned() {
        Ok(names) => names,
        Err(Error::NoReadersAvailable) => Vec::new(),
        Err(error) => return Err(error),
    };
    let known = |name: &std::ffi::CStr| names.iter().any(|other| other.as_c_str() == name);
    readers.retain(|reader| reader.name() == PNP_NOTIFICATION() || known(reader.name()));
    for name in names {
        if !readers.iter().any(|reader| reader.name() == name.as_c_str()) {
            readers.push(Watched::new(name, State::UNAWARE));
        }
    }
    Ok(())
}

fn state_of(reader: &Watched) -> ReaderState {
    let state = reader.event_state();
    ReaderState {
        name: reader.name().to_string_lossy().into_owned(),
        card_present: state.contains(State::PRESENT) && !state.contains(State::MUTE),
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
