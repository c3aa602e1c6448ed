use std::{
    ffi::CStr,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, Builder, JoinHandle},
    time::Duration,
};

use pcsc::{Context, Error, PNP_NOTIFICATION, ReaderState as Watched, Scope, State};

use super::{ReaderEvent, ReaderState};

/// The thread that watches. It never connects to a card. Dropping it ends the watch.
pub struct ReaderWatch {
    running: Option<Running>,
}

struct Running {
    thread: JoinHandle<()>,
    blocked_in: Arc<Mutex<Option<Context>>>,
    stop: Sender<()>,
    ended: Receiver<()>,
}

impl ReaderWatch {
    /// Starts watching; the first event comes at once. An event that says the same as the one
    /// before is not told again, and a card that was swapped between two looks is told as gone
    /// first.
    ///
    /// The service is waited for with growing pauses while it does not run, and found again after
    /// it was restarted.
    pub fn start(sink: impl FnMut(ReaderEvent) + Send + 'static) -> Self {
        Self::start_by(thread::Builder::new().name(THREAD.to_owned()), sink)
    }

    fn start_by(builder: Builder, sink: impl FnMut(ReaderEvent) + Send + 'static) -> Self {
        let blocked_in = Arc::new(Mutex::new(None));
        let (stop, stopped) = mpsc::channel();
        let (ends, ended) = mpsc::channel::<()>();
        let blocks_in = Arc::clone(&blocked_in);
        let sink = Arc::new(Mutex::new(Some(sink)));
        let taken = Arc::clone(&sink);
        let thread = builder.spawn(move || {
            let Some(mut sink) = lock(&taken).take() else { return };
            // Dropped with the thread, which is how its end is known.
            let _ends = ends;
            let mut told = None;
            let tell = |event: ReaderEvent| {
                if told.as_ref() != Some(&event) {
                    told = Some(event.clone());
                    sink(event);
                }
            };
            until_stopped(&stopped, &blocks_in, tell);
        });
        // Where the system has no thread left it is as without a service.
        if thread.is_err()
            && let Some(mut sink) = lock(&sink).take()
        {
            sink(ReaderEvent::ServiceMissing);
        }
        Self { running: thread.ok().map(|thread| Running { thread, blocked_in, stop, ended }) }
    }

    /// Whether the system had a thread for it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Lets it run as long as the program.
    pub fn detach(mut self) {
        if let Some(running) = self.running.take() {
            // The thread takes a lost sender for an order to stop.
            std::mem::forget(running.stop);
        }
    }

    /// Ends the watch; after this returns the sink is not called any more. From within the sink
    /// it ends after the sink returns.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for ReaderWatch {
    fn drop(&mut self) {
        let Some(Running { thread, blocked_in, stop, ended }) = self.running.take() else { return };
        // Where the thread has ended by itself nobody is left to be told.
        let _ = stop.send(());
        if thread.thread().id() == thread::current().id() {
            return;
        }
        loop {
            if let Some(context) = &*lock(&blocked_in) {
                // A cancel that comes just before the call blocks is lost, hence the loop.
                let _ = context.cancel();
            }
            match ended.recv_timeout(CANCEL_AGAIN) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // A sink that panicked has said so itself.
        let _ = thread.join();
    }
}

impl fmt::Debug for ReaderWatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ReaderWatch").finish_non_exhaustive()
    }
}

fn until_stopped(
    stopped: &Receiver<()>,
    blocks_in: &Mutex<Option<Context>>,
    mut tell: impl FnMut(ReaderEvent),
) {
    let mut pause = FIRST_PAUSE;
    loop {
        if let Ok(context) = Context::establish(Scope::User) {
            *lock(blocks_in) = Some(context.clone());
            let mut seen = Seen::default();
            while seen.look(&context, &mut tell).is_ok() {
                pause = FIRST_PAUSE;
                if was_told_to_stop(stopped, Duration::ZERO) {
                    return;
                }
            }
            *lock(blocks_in) = None;
        }
        if was_told_to_stop(stopped, Duration::ZERO) {
            return;
        }
        tell(ReaderEvent::ServiceMissing);
        if was_told_to_stop(stopped, pause) {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn was_told_to_stop(stopped: &Receiver<()>, patience: Duration) -> bool {
    !matches!(stopped.recv_timeout(patience), Err(RecvTimeoutError::Timeout))
}

/// The readers as they were seen last, the notification of new ones first.
struct Seen {
    readers: Vec<Watched>,
    /// How long to wait before the readers are listed again.
    patience: Duration,
}

impl Default for Seen {
    fn default() -> Self {
        let readers = vec![Watched::new(PNP_NOTIFICATION(), State::UNAWARE)];
        Self { readers, patience: SHORTEST_WAIT }
    }
}

impl Seen {
    /// Tells what there is, then blocks until something changes.
    fn look(&mut self, context: &Context, tell: &mut impl FnMut(ReaderEvent)) -> Result<(), Error> {
        if self.update(context)? {
            // With a reader whose state is not known the call returns at once.
            self.wait(context, Duration::ZERO, tell)?;
        }
        tell(self.event(ReaderState::of));
        // Two changes do not wake pcsc-lite: a reader that is plugged in between the listing and
        // the wait (before 2.0), and the first card of a reader being swapped while the sink was
        // busy. Both come soon after another change, so then this looks again soon.
        let changed = self.wait(context, self.patience, tell)?;
        self.patience = if changed { SHORTEST_WAIT } else { (self.patience * 4).min(LONGEST_WAIT) };
        Ok(())
    }

    /// Waits for a change, and tells of cards that went while others came; whether there was one.
    fn wait(
        &mut self,
        context: &Context,
        patience: Duration,
        tell: &mut impl FnMut(ReaderEvent),
    ) -> Result<bool, Error> {
        let before: Vec<_> = self.readers.iter().map(card_count).collect();
        let changed = match context.get_status_change(patience, &mut self.readers) {
            // A reader that went away since the listing is found out by the next.
            Ok(()) | Err(Error::Cancelled | Error::UnknownReader) => true,
            Err(Error::Timeout) => false,
            Err(error) => return Err(error),
        };
        self.readers.iter_mut().for_each(Watched::sync_current_state);
        let swapped: Vec<_> = before
            .into_iter()
            .zip(&self.readers)
            .filter(|(before, reader)| before.is_some() && card_count(reader) != *before)
            .map(|(_, reader)| reader.name())
            .collect();
        if !swapped.is_empty() {
            tell(self.event(|reader| {
                let state = ReaderState::of(reader);
                if swapped.contains(&reader.name()) { state.without_card() } else { state }
            }));
        }
        Ok(changed)
    }

    /// Brings the list in line with the readers that the service has now; whether there are some
    /// whose state is not known yet.
    fn update(&mut self, context: &Context) -> Result<bool, Error> {
        let names = match context.list_readers_owned() {
            Ok(names) => names,
            Err(Error::NoReadersAvailable) => Vec::new(),
            Err(error) => return Err(error),
        };
        let known = |name: &CStr| names.iter().any(|other| other.as_c_str() == name);
        self.readers.retain(|reader| reader.name() == PNP_NOTIFICATION() || known(reader.name()));
        let old = self.readers.len();
        for name in names {
            if !self.readers.iter().any(|reader| reader.name() == name.as_c_str()) {
                self.readers.push(Watched::new(name, State::UNAWARE));
            }
        }
        Ok(self.readers.len() > old)
    }

    fn event(&self, state_of: impl Fn(&Watched) -> ReaderState) -> ReaderEvent {
        ReaderEvent::Readers(self.readers[1..].iter().map(state_of).collect())
    }
}

/// The number of the card that is in, as the service counts comings and goings.
fn card_count(reader: &Watched) -> Option<u32> {
    reader.event_state().contains(State::PRESENT).then(|| reader.event_count())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Its name, for whoever looks at the program's threads.
const THREAD: &str = "readers";
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const CANCEL_AGAIN: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests;
