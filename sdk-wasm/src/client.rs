//! The page's side of the protocol as a state machine: no port, no clock, no promise.

mod known;
mod outcome;

use std::collections::BTreeMap;

use serde_json::Value;
use wardkey_protocol::{
    Command, CommandName, ErrorCode, Fault,
    command::subscribe::Snapshot,
    envelope::{Cancel, CloseCause, Closed, ExtensionGreeting, ExtensionHello, Request},
    event::Event,
    limits::{CHUNK_WINDOW, MAX_FRAME_FROM_BROWSER},
    version::VersionRange,
};

use known::Known;
pub use outcome::{Outcome, Trouble};

/// One page's client. It outlives ports: ids go on counting, and what it knows of card and session
/// stays, so that what a broken road hid can be told.
#[derive(Default)]
pub struct Client {
    extension: Option<ExtensionHello>,
    last_id: u32,
    calls: BTreeMap<u32, Under>,
    subscribed: bool,
    last_seq: u32,
    known: Known,
}

/// A call under way.
#[derive(Clone, Copy)]
struct Under {
    command: CommandName,
    /// How many chunks came, and how many may.
    chunks: u32,
    credit: u32,
}

/// A request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The call's id.
    pub id: u32,
    /// The frame, JSON.
    pub frame: String,
}

impl Client {
    /// A client without a port.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A port was opened; `greeting` is the first message on it.
    ///
    /// # Errors
    ///
    /// What the extension refused with; `version_mismatch` without a common version.
    pub fn opened(&mut self, greeting: Value) -> Result<(), Trouble> {
        if let Some(error) = greeting.get("error") {
            return Err(Trouble::read(error));
        }
        let Ok(ExtensionGreeting { hello }) = serde_json::from_value(greeting) else {
            return Err(Fault::new(ErrorCode::MessageMalformed).into());
        };
        let common =
            hello.version.filter(|version| VersionRange::OURS.agree(only(*version)).is_some());
        if common.is_none() {
            return Err(mismatch(&hello).into());
        }
        self.extension = Some(hello);
        self.subscribed = false;
        self.last_seq = 0;
        Ok(())
    }

    /// Writes a request.
    ///
    /// # Errors
    ///
    /// What is wrong with the command's arguments; `frame_too_large`; `version_mismatch` where the
    /// extension is too old for what the request uses. Nothing is under way then.
    pub fn request(&mut self, command: &str, args: Value) -> Result<Sent, Trouble> {
        // A caller opens a port first.
        let Some(extension) = &self.extension else {
            return Err(Fault::new(ErrorCode::Internal).into());
        };
        let parsed = Command::parse(command, args.clone())?;
        let v = match &parsed {
            Command::Sign(args) => args.version(),
            _ => VersionRange::OURS.min,
        };
        if extension.version < Some(v) {
            return Err(mismatch(extension).with("needed", v).into());
        }
        let id = self.last_id.wrapping_add(1);
        let request = Request { v, id, command: command.to_owned(), args };
        let Ok(frame) = serde_json::to_string(&request) else {
            return Err(Fault::new(ErrorCode::Internal).into());
        };
        if frame.len() > MAX_FRAME {
            return Err(Fault::new(ErrorCode::FrameTooLarge).with("limit", MAX_FRAME).into());
        }
        self.last_id = id;
        let command = parsed.name();
        self.calls.insert(id, Under { command, chunks: 0, credit: CHUNK_WINDOW });
        Ok(Sent { id, frame })
    }

    /// Writes that a call is given up; `None` when it is not under way. Its answer will be ignored.
    pub fn cancel(&mut self, id: u32) -> Option<String> {
        self.calls.remove(&id)?;
        serde_json::to_string(&Cancel { cancel: id }).ok()
    }

    /// Reads one message of the port. What belongs to no call under way is nothing.
    pub fn receive(&mut self, message: Value) -> Vec<Outcome> {
        if let Some(id) = message.get("id") {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
            return id.map_or_else(Vec::new, |id| self.of_call(id, message));
        }
        if message.get("closed").is_some() {
            let cause = serde_json::from_value(message).map(|Closed { closed }| closed);
            return self.closed(cause.unwrap_or(CloseCause::ExtensionGone));
        }
        match serde_json::from_value::<Event>(message) {
            Ok(event) if event.seq > self.last_seq => {
                self.last_seq = event.seq;
                self.known.event(event.event, &event.data);
                vec![Outcome::Event { event: event.event, data: event.data }]
            }
            _ => Vec::new(),
        }
    }

    /// The port is at its end: every call under way fails, and a session that the page has signed
    /// in to is out of its reach.
    pub fn closed(&mut self, cause: CloseCause) -> Vec<Outcome> {
        self.extension = None;
        let calls = std::mem::take(&mut self.calls);
        let mut outcomes: Vec<_> = calls
            .into_iter()
            .map(|(id, under)| Outcome::Failure { id, error: lost(under.command, cause).into() })
            .collect();
        outcomes.push(Outcome::Closed { cause });
        let told = std::mem::take(&mut self.subscribed);
        outcomes.extend(self.known.lose_session().filter(|_| told));
        outcomes
    }

    /// Whether events come.
    #[must_use]
    pub fn is_subscribed(&self) -> bool {
        self.subscribed
    }

    fn of_call(&mut self, id: u32, mut message: Value) -> Vec<Outcome> {
        let Some(under) = self.calls.get_mut(&id) else { return Vec::new() };
        if let Some(progress) = message.get_mut("progress") {
            return vec![Outcome::Progress { id, progress: progress.take() }];
        }
        if let Some(credit) = message.get("credit") {
            let credit = credit.as_u64().and_then(|credit| u32::try_from(credit).ok());
            return credit.map(|credit| Outcome::Credit { id, credit }).into_iter().collect();
        }
        if let Some(chunk) = message.get_mut("chunk") {
            let outcome = under.take(id, chunk);
            if matches!(outcome, Outcome::Failure { .. }) {
                self.calls.remove(&id);
            }
            return vec![outcome];
        }
        let command = under.command;
        self.calls.remove(&id);
        if let Some(error) = message.get("error") {
            return vec![Outcome::Failure { id, error: Trouble::read(error) }];
        }
        match message.get_mut("ok").filter(|ok| ok.is_object()) {
            Some(ok) => self.answered(id, command, ok.take()),
            None => {
                let error = Fault::new(ErrorCode::Internal).with("reason", "not an answer");
                vec![Outcome::Failure { id, error: error.into() }]
            }
        }
    }

    fn answered(&mut self, id: u32, command: CommandName, ok: Value) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        if command == CommandName::Subscribe
            && let Ok(snapshot) = serde_json::from_value::<Snapshot>(ok.clone())
        {
            // Without a grant there is nothing in it, and no events come.
            self.subscribed = snapshot.card_present.is_some();
            self.last_seq = self.last_seq.max(snapshot.seq);
            outcomes.extend(self.known.snapshot(&snapshot));
        }
        self.known.answer(command, &ok);
        outcomes.push(Outcome::Answer { id, ok });
        outcomes
    }
}

impl Under {
    /// Takes a chunk of a signature, where it is the one that is due.
    fn take(&mut self, id: u32, chunk: &mut Value) -> Outcome {
        let number = chunk.get("number").and_then(Value::as_u64);
        let document = chunk.get("document").and_then(Value::as_str).map(str::to_owned);
        let octets = chunk.get_mut("octets").map(Value::take);
        let (Some(document), Some(Value::String(octets))) = (document, octets) else {
            return out_of_turn(id);
        };
        if number != Some(self.chunks.into()) || self.chunks >= self.credit {
            return out_of_turn(id);
        }
        self.chunks += 1;
        let more = self.chunks + CHUNK_WINDOW;
        let credit = (more >= self.credit + CHUNK_WINDOW / 2).then_some(more);
        self.credit = credit.unwrap_or(self.credit);
        Outcome::Chunk { id, document, octets, credit }
    }
}

fn out_of_turn(id: u32) -> Outcome {
    let error = Fault::new(ErrorCode::Internal).with("reason", "a chunk that is not due");
    Outcome::Failure { id, error: error.into() }
}

fn mismatch(extension: &ExtensionHello) -> Fault {
    Fault::new(ErrorCode::VersionMismatch)
        .with("extension", extension.extension.as_str())
        .with("sdk", wardkey_protocol::version::BUILD)
}

/// How a call ends whose port does.
fn lost(command: CommandName, cause: CloseCause) -> Fault {
    match (command, cause) {
        (CommandName::Sign, _) => ErrorCode::OutcomeUnknown.into(),
        (_, CloseCause::AgentGone) => ErrorCode::AgentUnreachable.into(),
        (_, CloseCause::PageHidden) => ErrorCode::Cancelled.into(),
        (_, _) => Fault::new(ErrorCode::ExtensionMissing)
            .with("reason", "the extension was stopped or updated"),
    }
}

fn only(version: u16) -> VersionRange {
    VersionRange { min: version, max: version }
}

/// Leaves room for what the extension puts around a frame.
const MAX_FRAME: usize = MAX_FRAME_FROM_BROWSER - 1_000;

#[cfg(test)]
mod tests;
