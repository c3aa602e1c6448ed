//! The page's side of the protocol as a state machine: no port, no clock, no promise.

mod known;
mod outcome;

use std::collections::BTreeMap;

use serde_json::Value;
use wardkey_protocol::{
    Command, CommandName, ErrorCode, Fault,
    command::subscribe::Snapshot,
    envelope::{Cancel, CloseCause, Closed, ExtensionGreeting, Request},
    event::Event,
    limits::MAX_FRAME_FROM_BROWSER,
    version::VersionRange,
};

use known::Known;
pub use outcome::{Outcome, Trouble};

/// One page's client. It outlives ports: ids go on counting, and what it knows of card and session
/// stays, so that what a broken road hid can be told.
#[derive(Default)]
pub struct Client {
    version: Option<u16>,
    last_id: u32,
    calls: BTreeMap<u32, CommandName>,
    subscribed: bool,
    last_seq: u32,
    known: Known,
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
        let Some(version) = common else {
            let fault = Fault::new(ErrorCode::VersionMismatch)
                .with("extension", hello.extension)
                .with("sdk", wardkey_protocol::version::BUILD);
            return Err(fault.into());
        };
        self.version = Some(version);
        self.subscribed = false;
        self.last_seq = 0;
        Ok(())
    }

    /// Writes a request.
    ///
    /// # Errors
    ///
    /// What is wrong with the command's arguments; `frame_too_large`. Nothing is under way then.
    pub fn request(&mut self, command: &str, args: Value) -> Result<Sent, Trouble> {
        // A caller opens a port first.
        let Some(v) = self.version else { return Err(Fault::new(ErrorCode::Internal).into()) };
        let name = Command::parse(command, args.clone())?.name();
        let id = self.last_id.wrapping_add(1);
        let request = Request { v, id, command: command.to_owned(), args };
        let Ok(frame) = serde_json::to_string(&request) else {
            return Err(Fault::new(ErrorCode::Internal).into());
        };
        if frame.len() > MAX_FRAME {
            return Err(Fault::new(ErrorCode::FrameTooLarge).with("limit", MAX_FRAME).into());
        }
        self.last_id = id;
        self.calls.insert(id, name);
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
        self.version = None;
        let calls = std::mem::take(&mut self.calls);
        let mut outcomes: Vec<_> = calls
            .into_iter()
            .map(|(id, command)| Outcome::Failure { id, error: lost(command, cause).into() })
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
        let Some(command) = self.calls.get(&id).copied() else { return Vec::new() };
        if let Some(progress) = message.get_mut("progress") {
            return vec![Outcome::Progress { id, progress: progress.take() }];
        }
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
