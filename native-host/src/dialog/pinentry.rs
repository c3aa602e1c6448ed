//! A pinentry program for passcodes alone: the Assuan protocol
//! (<https://www.gnupg.org/documentation/manuals/assuan/>). Consent has been given in our window.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

use super::screen::{SetBy, Typed};
use crate::program;

/// A pinentry program that asks its user. Dropping it takes the program's window away, and nothing
/// is told any more.
pub struct Asking(Arc<Program>);

/// What was typed.
pub enum Entered {
    /// The passcode.
    Passcode(Typed),
    /// What sets another passcode, and that.
    NewPasscode(Typed, Typed),
}

impl Asking {
    /// Asks for the passcode, or for what `sets` another one and for that until it is the same
    /// twice; tells what was typed, or `None` where the user cancelled.
    ///
    /// # Errors
    ///
    /// Where no thread is left. `tell` hears why the program can't be started, or ended.
    pub fn start(
        path: &Path,
        sets: Option<SetBy>,
        tell: impl FnOnce(io::Result<Option<Entered>>) + Send + 'static,
    ) -> io::Result<Self> {
        let program = Arc::new(Program { path: path.to_owned(), state: Mutex::default() });
        let asking = Self(program.clone());
        thread::Builder::new().name("pinentry".to_owned()).spawn(move || {
            let entered = match sets {
                None => program.passcode(),
                Some(by) => program.new_passcode(by),
            };
            if !program.state().over {
                tell(entered);
            }
        })?;
        Ok(asking)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let process = {
            let mut state = self.0.state();
            state.over = true;
            state.process.take()
        };
        if let Some(process) = process {
            end(process);
        }
    }
}

struct Program {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The one that asks now.
    process: Option<Child>,
    /// Nobody waits for an answer any more.
    over: bool,
}

impl Program {
    fn passcode(&self) -> io::Result<Option<Entered>> {
        let typed = self.ask("The passcode of your smartcard", "Passcode")?;
        Ok(typed.map(Entered::Passcode))
    }

    fn new_passcode(&self, by: SetBy) -> io::Result<Option<Entered>> {
        let (what, prompt) = match by {
            SetBy::Passcode => ("The passcode that your smartcard has now", "Current passcode"),
            SetBy::UnblockingKey => {
                ("The unblocking key (PUK) of your smartcard", "Unblocking key")
            }
        };
        let Some(proof) = self.ask(what, prompt)? else { return Ok(None) };
        let mut what = "The new passcode of your smartcard";
        loop {
            let Some(new) = self.ask(what, "New passcode")? else { return Ok(None) };
            let again = self.ask("The new passcode once more", "New passcode again")?;
            match again {
                None => return Ok(None),
                Some(again) if again.is(&new) => {
                    return Ok(Some(Entered::NewPasscode(proof, new)));
                }
                Some(_) => what = "The two were not the same. The new passcode of your smartcard",
            }
        }
    }

    fn ask(&self, what: &str, prompt: &str) -> io::Result<Option<Typed>> {
        let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let (orders, answers) = self.begin()?;
        let mut orders = orders.ok_or_else(ended)?;
        let mut answers = BufReader::new(answers.ok_or_else(ended)?);
        let mut exchange = |order: &str| -> io::Result<Zeroizing<String>> {
            if !order.is_empty() {
                writeln!(orders, "{order}")?;
                orders.flush()?;
            }
            let mut data = Zeroizing::new(String::new());
            loop {
                let mut line = Zeroizing::new(String::new());
                if answers.read_line(&mut line)? == 0 {
                    return Err(ended());
                }
                match line.trim_end().split_once(' ') {
                    Some(("D", text)) => *data = decode(text),
                    Some(("ERR", _)) => return Ok(Zeroizing::new(String::new())),
                    _ if line.starts_with("OK") => return Ok(data),
                    _ => {}
                }
            }
        };
        exchange("")?;
        let (description, prompt) = (format!("SETDESC {what}"), format!("SETPROMPT {prompt}"));
        for order in ["SETTITLE Wardkey", &description, &prompt] {
            exchange(order)?;
        }
        let mut passcode = exchange("GETPIN")?;
        drop(orders);
        let process = self.state().process.take();
        if let Some(process) = process {
            // It goes when its input does.
            wait(process);
        }
        Ok((!passcode.is_empty()).then(|| Typed::new(std::mem::take(&mut *passcode))))
    }

    /// Starts one that asks, and gives its pipes. Nobody who ends it waits for a file that can't be
    /// read.
    fn begin(&self) -> io::Result<(Option<ChildStdin>, Option<ChildStdout>)> {
        let ended = || Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        if self.state().over {
            return ended();
        }
        let mut command = Command::new(&self.path);
        program::lead(&mut command);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let pipes = (process.stdin.take(), process.stdout.take());
        let mut state = self.state();
        if state.over {
            drop(state);
            end(process);
            return ended();
        }
        state.process = Some(process);
        Ok(pipes)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let process = self.state().process.take();
        if let Some(process) = process {
            end(process);
        }
    }
}

/// Has it put its terminal or its window in order, as far as it does.
fn end(process: Child) {
    program::interrupt(&process);
    wait(process);
}

/// One that does not go by itself, and what it has left behind, is ended.
fn wait(mut process: Child) {
    let end = Instant::now() + GRACE;
    while Instant::now() < end && !program::has_ended(&mut process) {
        thread::sleep(LOOK);
    }
    program::end(&mut process);
}

/// Undoes the percent-encoding of a data line.
fn decode(text: &str) -> String {
    let octets = text.as_bytes();
    let mut plain = Zeroizing::new(Vec::with_capacity(octets.len()));
    let mut at = 0;
    while at < octets.len() {
        let escaped = octets.get(at + 1..at + 3).filter(|_| octets[at] == b'%');
        let value = escaped
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(value.unwrap_or(octets[at]));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

const GRACE: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests;
