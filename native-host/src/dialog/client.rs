//! The agent's end of a dialog.

use std::{
    io::{self, BufRead as _, BufReader, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::ErrorCode;

use super::{
    pinentry::{Asking, Entered},
    preferences::Preferences,
    screen::{Body, FromDialog, Screen, SetBy, ToDialog, TypedWhere},
};
use crate::{
    interrupt::Interrupt,
    program::{self, Role},
    simulation::Part,
};

/// An open dialog. Dropping it closes the window.
pub struct Dialog {
    // Dropping it ends the process.
    _role: Role,
    screens: Box<dyn Write + Send>,
    heard: Receiver<Heard>,
    sender: Sender<Heard>,
    pinentry: Option<PathBuf>,
    /// Where the passcode is typed that the screen is about.
    typed: TypedWhere,
    /// What sets the new one, where it is about another.
    sets: Option<SetBy>,
    painted: Arc<OnceLock<Instant>>,
    stop: Stop,
}

/// What is raised when the user cancels while nobody waits for an answer.
type Stop = Arc<Mutex<Option<Arc<Interrupt>>>>;

/// A window as the agent uses it. Dropping it closes it.
pub trait Window: Send {
    /// Whether policy has the passcode typed in a pinentry program.
    fn has_pinentry(&self) -> bool;

    /// When the first frame was painted; `None` before.
    fn painted(&self) -> Option<Instant>;

    /// Shows a screen instead of what is shown.
    ///
    /// # Errors
    ///
    /// [`DialogError::NoWindow`].
    fn show(&mut self, screen: Screen) -> Result<(), DialogError>;

    /// From now on, and until it is asked something, the user's cancelling raises this.
    fn stop_with(&mut self, interrupt: &Arc<Interrupt>);

    /// Waits for the user.
    ///
    /// # Errors
    ///
    /// [`DialogError`].
    fn answer(
        &mut self,
        within: Duration,
        interrupt: &Arc<Interrupt>,
    ) -> Result<FromDialog, DialogError>;
}

enum Heard {
    Answer(FromDialog),
    Closed,
    /// In a pinentry program, with the documents that the user left out before.
    Entered(io::Result<Option<Entered>>, Vec<usize>),
    Raised(ErrorCode),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialogError {
    /// No simulator runs that would answer.
    #[error("no simulator answers")]
    NoSimulator,
    /// The dialog's process ended by itself: there is no display, or it crashed.
    #[error("the window could not be shown")]
    NoWindow,
    /// The call was interrupted.
    #[error("interrupted: {0}")]
    Raised(ErrorCode),
    /// Nobody answered in time.
    #[error("nobody answered")]
    TimedOut,
}

impl Dialog {
    /// Opens a window as it is preferred, or else as the desktop's users want windows; with a pinentry program the passcode is typed there.
    ///
    /// # Errors
    ///
    /// [`DialogError::NoWindow`].
    pub fn open(pinentry: Option<&Path>, preferences: &Preferences) -> Result<Self, DialogError> {
        let preferences = preferences.clone().following(wardkey_desktop::appearance);
        let arguments = ["dialog".to_owned()].into_iter().chain(preferences.arguments());
        let running =
            Role::start_with(arguments, &[ONE_CORE]).map_err(|_| DialogError::NoWindow)?;
        Self::with(running, pinentry.map(Path::to_owned)).map_err(|_| DialogError::NoWindow)
    }

    /// Has a simulator answer, in place of a window and a user.
    ///
    /// # Errors
    ///
    /// [`DialogError::NoSimulator`].
    pub fn simulated(socket: &Path) -> Result<Self, DialogError> {
        let running =
            Role::simulated(socket, Part::Dialog).map_err(|_| DialogError::NoSimulator)?;
        Self::with(running, None).map_err(|_| DialogError::NoSimulator)
    }

    pub(super) fn with(running: program::Running, pinentry: Option<PathBuf>) -> io::Result<Self> {
        let program::Running { role, input, output } = running;
        let (sender, heard) = mpsc::channel();
        let listener = sender.clone();
        let painted = Arc::new(OnceLock::new());
        let first_frame = painted.clone();
        let stop = Stop::default();
        let stopping = stop.clone();
        thread::Builder::new().spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let line = zeroize::Zeroizing::new(line);
                let Ok(answer) = serde_json::from_str(&line) else { break };
                if let FromDialog::Shown { milliseconds } = answer {
                    tracing::info!(milliseconds, "dialog: first frame");
                    // There is one first frame.
                    let _ = first_frame.set(Instant::now());
                    continue;
                }
                let working = lock(&stopping).take();
                if let (FromDialog::Cancelled, Some(interrupt)) = (&answer, working) {
                    interrupt.raise(ErrorCode::UserCancelled);
                    continue;
                }
                if listener.send(Heard::Answer(answer)).is_err() {
                    return;
                }
            }
            // Nobody listens any more, or they learn that the window is gone.
            let _ = listener.send(Heard::Closed);
        })?;
        Ok(Self {
            _role: role,
            screens: input,
            heard,
            sender,
            pinentry,
            typed: TypedWhere::Here,
            sets: None,
            painted,
            stop,
        })
    }
}

impl Window for Dialog {
    fn has_pinentry(&self) -> bool {
        self.pinentry.is_some()
    }

    fn painted(&self) -> Option<Instant> {
        self.painted.get().copied()
    }

    fn show(&mut self, screen: Screen) -> Result<(), DialogError> {
        (self.typed, self.sets) = match &screen.body {
            Body::NewPasscode(body) => (body.typed, Some(body.by)),
            Body::Passcode(body) => (body.typed, None),
            _ => (TypedWhere::Here, None),
        };
        let message = ToDialog::Show(Box::new(screen));
        let mut line = serde_json::to_vec(&message).map_err(|_| DialogError::NoWindow)?;
        line.push(b'\n');
        self.screens.write_all(&line).map_err(|_| DialogError::NoWindow)
    }

    fn stop_with(&mut self, interrupt: &Arc<Interrupt>) {
        *lock(&self.stop) = Some(interrupt.clone());
    }

    fn answer(
        &mut self,
        within: Duration,
        interrupt: &Arc<Interrupt>,
    ) -> Result<FromDialog, DialogError> {
        *lock(&self.stop) = None;
        let sender = self.sender.clone();
        interrupt.when_raised(move |cause| {
            // Nobody waits any more.
            let _ = sender.send(Heard::Raised(cause));
        });
        let mut end = Instant::now() + within;
        // Dropped with the answer, whoever gives it: the card, the page, our own window.
        let mut asking = None;
        loop {
            match self.heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Heard::Answer(FromDialog::Consented { left_out })) => match &self.pinentry {
                    // At a reader's pad, or on a phone, the passcode never comes to this computer.
                    Some(program) if self.typed == TypedWhere::Pinentry => {
                        let sender = self.sender.clone();
                        let tell = move |entered| {
                            // Nobody waits any more.
                            let _ = sender.send(Heard::Entered(entered, left_out));
                        };
                        let asks = Asking::start(program, self.sets, tell);
                        asking = Some(asks.map_err(|_| DialogError::NoWindow)?);
                        end = Instant::now() + within;
                    }
                    _ => return Ok(FromDialog::Consented { left_out }),
                },
                Ok(Heard::Answer(answer)) => return Ok(answer),
                Ok(Heard::Entered(entered, left_out)) if asking.is_some() => {
                    return match entered {
                        Ok(Some(Entered::Passcode(typed))) => {
                            Ok(FromDialog::Passcode { typed, left_out })
                        }
                        Ok(Some(Entered::NewPasscode(proof, new))) => {
                            Ok(FromDialog::NewPasscode { proof, new })
                        }
                        Ok(None) => Ok(FromDialog::Cancelled),
                        Err(_) => Err(DialogError::NoWindow),
                    };
                }
                // To a question of before.
                Ok(Heard::Entered(..)) => {}
                Ok(Heard::Raised(cause)) => return Err(DialogError::Raised(cause)),
                Ok(Heard::Closed) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(DialogError::NoWindow);
                }
                Err(RecvTimeoutError::Timeout) => return Err(DialogError::TimedOut),
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the window is painted without a graphics card, Mesa's llvmpipe keeps every core busy with each
/// frame, the one that the card's module signs on too.
const ONE_CORE: (&str, &str) = ("LP_NUM_THREADS", "0");
