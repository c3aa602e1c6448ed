use std::{
    collections::{HashMap, VecDeque},
    io,
    path::Path,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use wardkey_protocol::{
    CommandName, ErrorCode, Fault,
    chunks::Piece,
    envelope::{Failure, Request, ToPage},
    frame::FrameError,
    version::VersionRange,
};

use crate::{Connection, Hello, Instance, LinkError, Pulse, connect_or_start, pulse};

/// A local program's own connection to the agent. Threads may call at the same time; none waits
/// for another one's answer.
#[derive(Debug)]
pub struct Client {
    sending: Mutex<Connection>,
    receiving: Mutex<Receiving>,
    /// Closes it while others send and receive.
    closing: Connection,
    state: Mutex<State>,
    changed: Condvar,
}

/// The agent's end of a conversation.
#[derive(Debug)]
struct Receiving {
    connection: Connection,
    /// Whether this agent says that it lives when it is asked.
    answers: bool,
}

#[derive(Debug, Default)]
struct State {
    last: u32,
    /// Whether one of those who wait reads for all.
    read: bool,
    gone: bool,
    heard: HashMap<u32, VecDeque<ToPage>>,
}

/// Why a call has no answer, or a bad one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The agent's answer.
    #[error("{0}")]
    Fault(Fault),
    /// The connection is at its end; whether the call was carried out is not known.
    #[error("the connection to the agent has ended")]
    Gone,
}

impl From<Fault> for CallError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Client {
    /// Connects as a local program, starting the agent with `host` where none runs. An agent that
    /// does not answer any more ends the calls under way after ten seconds.
    ///
    /// # Errors
    ///
    /// [`LinkError::NotAdmitted`] where policy does not admit this program.
    pub fn connect(instance: &Instance, host: Option<&Path>) -> Result<Self, LinkError> {
        Self::within(SILENCE, instance, host)
    }

    /// The same, with so much silence before the agent is asked, and as much after it.
    pub(crate) fn within(
        silence: Duration,
        instance: &Instance,
        host: Option<&Path>,
    ) -> Result<Self, LinkError> {
        let hello = Hello::Program { versions: VersionRange::OURS };
        let connection = match host {
            Some(host) => connect_or_start(instance, &hello, host),
            None => Connection::open(instance, &hello),
        };
        let connection = connection?;
        let handle = || connection.try_clone().map_err(FrameError::Io);
        connection.set_timeouts(silence, silence * 2).map_err(FrameError::Io)?;
        Ok(Self {
            sending: Mutex::new(handle()?),
            receiving: Mutex::new(Receiving { connection: handle()?, answers: false }),
            closing: connection,
            state: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Calls a command and waits for its result.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub fn call<R: DeserializeOwned>(
        &self,
        command: CommandName,
        args: &impl Serialize,
    ) -> Result<R, CallError> {
        let mut call = self.begin(command, VersionRange::OURS.min, args)?;
        loop {
            if let Heard::Result(value) = call.next()? {
                return read(value);
            }
        }
    }

    /// Begins a call that is written in a version.
    pub(crate) fn begin(
        &self,
        command: CommandName,
        version: u16,
        args: &impl Serialize,
    ) -> Result<Pending<'_>, CallError> {
        let args = serde_json::to_value(args).map_err(|_| CallError::Gone)?;
        let id = {
            let mut state = self.state();
            state.last = state.last.wrapping_add(1);
            let id = state.last;
            state.heard.insert(id, VecDeque::new());
            id
        };
        let call = Pending { client: self, id };
        self.send(&Request { v: version, id, command: command.as_str().to_owned(), args })?;
        Ok(call)
    }

    /// Ends the connection: every call under way is given up.
    pub fn shut_down(&self) {
        self.closing.shut_down();
    }

    pub(crate) fn send(&self, message: &impl Serialize) -> Result<(), CallError> {
        let frame = serde_json::to_vec(message).map_err(|_| CallError::Gone)?;
        let sent = self.send_frame(&frame);
        sent.map_err(|error| error.fault().map_or(CallError::Gone, CallError::Fault))
    }

    fn send_frame(&self, frame: &[u8]) -> Result<(), FrameError> {
        let sent = self.sending.lock().unwrap_or_else(PoisonError::into_inner).send(frame);
        if matches!(sent, Err(FrameError::Io(_))) {
            // What went of the frame is there, and the next one would be taken for its rest.
            self.shut_down();
        }
        sent
    }

    /// The next message to a call; one of those who wait reads, and hands the others theirs.
    fn next(&self, id: u32) -> Result<ToPage, CallError> {
        let mut state = self.state();
        loop {
            if let Some(message) = state.heard.get_mut(&id).and_then(VecDeque::pop_front) {
                return Ok(message);
            }
            if state.gone {
                return Err(CallError::Gone);
            }
            if state.read {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.read = true;
            drop(state);
            let message = self.receive();
            state = self.state();
            state.read = false;
            match message {
                Ok(Some(message)) => state.hear(message),
                Ok(None) => {}
                Err(_) => state.gone = true,
            }
            self.changed.notify_all();
        }
    }

    /// What the agent says next; `None`: that it lives.
    fn receive(&self) -> io::Result<Option<ToPage>> {
        let mut receiving = self.receiving.lock().unwrap_or_else(PoisonError::into_inner);
        let Receiving { connection, answers } = &mut *receiving;
        // An agent that says nothing is asked; then it has as long again.
        let ask = || match *answers {
            true => self.send_frame(pulse::QUESTION).map_err(io::Error::other),
            false => Ok(()),
        };
        let frame = connection.receive_patiently(*answers, ask).map_err(io::Error::other)?;
        let frame = frame.ok_or(io::ErrorKind::UnexpectedEof)?;
        if Pulse::of(&frame).is_some() {
            *answers = true;
            return Ok(None);
        }
        let message = serde_json::from_slice(&frame);
        Ok(Some(message.or_else(|error| of_newer_agent(&frame).ok_or(error))?))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hear(&mut self, message: ToPage) {
        let id = match &message {
            ToPage::Answer(answer) => Some(answer.id),
            ToPage::Chunk(chunk) => Some(chunk.id),
            ToPage::Credit(credit) => Some(credit.id),
            ToPage::Failure(failure) => {
                // Something of ours was no good, and nobody knows what.
                self.gone |= failure.id.is_none();
                failure.id
            }
            ToPage::Progress(progress) => Some(progress.id),
            ToPage::Closed(_) | ToPage::Event(_) => None,
        };
        // What is for nobody is of a call that was given up.
        if let Some(heard) = id.and_then(|id| self.heard.get_mut(&id)) {
            heard.push_back(message);
        }
    }
}

/// A call under way.
pub(crate) struct Pending<'a> {
    client: &'a Client,
    /// Its id.
    pub id: u32,
}

/// What comes of a call.
pub(crate) enum Heard {
    /// A piece of a signature.
    Chunk(Piece),
    /// How far documents may be sent.
    Credit(u32),
    /// How far it is.
    Progress(Value),
    /// Its good end.
    Result(Value),
}

impl Pending<'_> {
    /// The next of what comes of it.
    pub fn next(&mut self) -> Result<Heard, CallError> {
        loop {
            return Ok(match self.client.next(self.id)? {
                ToPage::Answer(answer) => Heard::Result(answer.ok),
                ToPage::Chunk(chunk) => Heard::Chunk(chunk.chunk),
                ToPage::Credit(credit) => Heard::Credit(credit.credit),
                ToPage::Failure(failure) => return Err(failure.error.into()),
                ToPage::Progress(progress) => Heard::Progress(progress.progress),
                ToPage::Closed(_) | ToPage::Event(_) => continue,
            });
        }
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.client.state().heard.remove(&self.id);
    }
}

/// Reads what the agent answered.
pub(crate) fn read<R: DeserializeOwned>(value: Value) -> Result<R, CallError> {
    serde_json::from_value(value).map_err(|error| {
        let internal = Fault::new(ErrorCode::Internal);
        internal.with("reason", error.to_string()).into()
    })
}

/// An error whose code is not known here yet still ends its call.
fn of_newer_agent(frame: &[u8]) -> Option<ToPage> {
    let message: Value = serde_json::from_slice(frame).ok()?;
    let id = message["id"].as_u64().and_then(|id| u32::try_from(id).ok());
    let error = Fault::new(ErrorCode::Internal).with("error", message.get("error")?.clone());
    Some(ToPage::Failure(Failure { id, error }))
}

/// How long an agent may say nothing before it is asked, and after.
const SILENCE: Duration = Duration::from_secs(5);
