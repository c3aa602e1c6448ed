//! The page's side of the protocol as a state machine: no port, no clock, no promise.
//!
//! It reads of a message what decides where it belongs, and hands on the rest as it is. What a
//! command's arguments may be is the agent's to say: it checks them whoever calls.

mod json;
mod known;
mod outcome;

use wardkey_protocol::{
    CommandName, ErrorCode,
    envelope::CloseCause,
    event::EventName,
    limits::{CHUNK_WINDOW, MAX_FRAME_FROM_BROWSER, MAX_INLINE_RESULTS},
    version::{BUILD, CHUNKS, VersionRange},
};

pub use json::{Json, Plain};
use known::{Known, card_present};
pub use outcome::{Outcome, Trouble};

/// One page's client. It outlives ports: ids go on counting, and what it knows of card and session
/// stays, so that what a broken road hid can be told.
#[derive(Default)]
pub struct Client {
    extension: Option<Extension>,
    last_id: u32,
    calls: Vec<Call>,
    subscribed: bool,
    last_seq: u32,
    known: Known,
}

/// What the extension said of itself.
struct Extension {
    version: u16,
    build: String,
}

/// A call under way.
struct Call {
    id: u32,
    command: CommandName,
    /// How many chunks came, and how many may.
    chunks: u32,
    credit: u32,
}

/// What goes around a request's arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The call's id.
    pub id: u32,
    /// The lowest protocol version that has what the request uses.
    pub v: u16,
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
    pub fn opened<J: Json>(&mut self, greeting: &J) -> Result<(), Trouble<J>> {
        if let Some(error) = greeting.member("error") {
            return Err(Trouble::read(&error));
        }
        let hello = greeting.member("hello");
        let text = |name| hello.as_ref()?.member(name);
        let Some(build) = text("extension").and_then(|build| build.text()) else {
            return Err(Trouble::new(ErrorCode::MessageMalformed, &[]));
        };
        let version = text("version").and_then(|version| version.number()?.try_into().ok());
        let common = version.filter(|version| VersionRange::OURS.agree(only(*version)).is_some());
        let Some(version) = common else { return Err(mismatch(&build, None)) };
        self.extension = Some(Extension { version, build });
        self.subscribed = false;
        self.last_seq = 0;
        Ok(())
    }

    /// A request goes out; its arguments are `octets` long as JSON.
    ///
    /// # Errors
    ///
    /// `command_unknown`; `frame_too_large`; `version_mismatch` where the extension is too old for
    /// what the request uses. Nothing is under way then.
    pub fn request<J: Json>(
        &mut self,
        command: &str,
        args: &J,
        octets: u32,
    ) -> Result<Sent, Trouble<J>> {
        // A caller opens a port first.
        let Some(extension) = &self.extension else {
            return Err(Trouble::new(ErrorCode::Internal, &[]));
        };
        let Some(command) = CommandName::from_name(command) else {
            return Err(Trouble::new(ErrorCode::CommandUnknown, &[]));
        };
        let v =
            if command == CommandName::Sign { version_of(args) } else { VersionRange::OURS.min };
        if extension.version < v {
            return Err(mismatch(&extension.build, Some(v)));
        }
        if octets > MAX_ARGUMENTS {
            let limit = [("limit", Plain::Number(MAX_ARGUMENTS))];
            return Err(Trouble::new(ErrorCode::FrameTooLarge, &limit));
        }
        let id = self.last_id.wrapping_add(1);
        self.last_id = id;
        self.calls.push(Call { id, command, chunks: 0, credit: CHUNK_WINDOW });
        Ok(Sent { id, v })
    }

    /// Gives a call up, whose answer will be ignored; whether it was under way.
    pub fn cancel(&mut self, id: u32) -> bool {
        self.end(id).is_some()
    }

    /// Reads one message of the port. What belongs to no call under way is nothing.
    pub fn receive<J: Json>(&mut self, message: &J) -> Vec<Outcome<J>> {
        if let Some(id) = message.member("id") {
            return id.number().map_or_else(Vec::new, |id| self.of_call(id, message));
        }
        if let Some(cause) = message.member("closed") {
            let cause = cause.text().and_then(|cause| CloseCause::from_name(&cause));
            return self.closed(cause.unwrap_or(CloseCause::ExtensionGone));
        }
        self.event(message).into_iter().collect()
    }

    /// The port is at its end: every call under way fails, and a session that the page has signed
    /// in to is out of its reach.
    pub fn closed<J: Json>(&mut self, cause: CloseCause) -> Vec<Outcome<J>> {
        self.extension = None;
        let calls = std::mem::take(&mut self.calls);
        let mut outcomes: Vec<_> = calls
            .into_iter()
            .map(|call| Outcome::Failure { id: call.id, error: lost(call.command, cause) })
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

    fn end(&mut self, id: u32) -> Option<CommandName> {
        let at = self.calls.iter().position(|call| call.id == id)?;
        Some(self.calls.remove(at).command)
    }

    fn event<J: Json>(&mut self, message: &J) -> Option<Outcome<J>> {
        let seq = message.member("seq")?.number()?;
        let event = EventName::from_name(&message.member("event")?.text()?)?;
        let data = message.member("data").filter(Json::is_object)?;
        if seq <= self.last_seq {
            return None;
        }
        self.last_seq = seq;
        self.known.event(event, &data);
        Some(Outcome::Event { event, data })
    }

    fn of_call<J: Json>(&mut self, id: u32, message: &J) -> Vec<Outcome<J>> {
        let Some(call) = self.calls.iter_mut().find(|call| call.id == id) else {
            return Vec::new();
        };
        if let Some(progress) = message.member("progress") {
            return vec![Outcome::Progress { id, progress }];
        }
        if let Some(credit) = message.member("credit") {
            let credit = credit.number();
            return credit.map(|credit| Outcome::Credit { id, credit }).into_iter().collect();
        }
        if let Some(chunk) = message.member("chunk") {
            let outcome = call.take(&chunk).unwrap_or_else(|| {
                self.end(id);
                broken(id, "a chunk that is not due")
            });
            return vec![outcome];
        }
        let Some(command) = self.end(id) else { return Vec::new() };
        if let Some(error) = message.member("error") {
            return vec![Outcome::Failure { id, error: Trouble::read(&error) }];
        }
        match message.member("ok").filter(Json::is_object) {
            Some(ok) => self.answered(id, command, ok),
            None => vec![broken(id, "not an answer")],
        }
    }

    fn answered<J: Json>(&mut self, id: u32, command: CommandName, ok: J) -> Vec<Outcome<J>> {
        let mut outcomes = Vec::new();
        if command == CommandName::Subscribe
            && let Some(seq) = ok.member("seq").and_then(|seq| seq.number())
        {
            // Without a grant there is nothing in it, and no events come.
            self.subscribed = card_present(&ok).is_some();
            self.last_seq = self.last_seq.max(seq);
            outcomes.extend(self.known.snapshot(&ok));
        }
        self.known.answer(command, &ok);
        outcomes.push(Outcome::Answer { id, ok });
        outcomes
    }
}

impl Call {
    /// Takes a chunk of a signature; `None` where it is not the one that is due.
    fn take<J: Json>(&mut self, chunk: &J) -> Option<Outcome<J>> {
        let number = chunk.member("number")?.number()?;
        let (document, octets) = (chunk.member("document")?, chunk.member("octets")?);
        if number != self.chunks || self.chunks >= self.credit {
            return None;
        }
        self.chunks += 1;
        let more = self.chunks + CHUNK_WINDOW;
        let credit = (more >= self.credit + CHUNK_WINDOW / 2).then_some(more);
        self.credit = credit.unwrap_or(self.credit);
        Some(Outcome::Chunk { id: self.id, document, octets, credit })
    }
}

/// As the protocol's `sign::Args::version`, which a test compares.
fn version_of<J: Json>(args: &J) -> u16 {
    let documents = args.member("documents").and_then(|documents| documents.elements());
    let needs_chunks = documents.is_some_and(|documents| {
        documents.len() > MAX_INLINE_RESULTS
            || documents.iter().any(|document| document.member("size").is_some())
    });
    if needs_chunks { CHUNKS } else { VersionRange::OURS.min }
}

fn broken<J: Json>(id: u32, reason: &str) -> Outcome<J> {
    let reason = [("reason", Plain::Text(reason))];
    Outcome::Failure { id, error: Trouble::new(ErrorCode::Internal, &reason) }
}

fn mismatch<J: Json>(extension: &str, needed: Option<u16>) -> Trouble<J> {
    let needed = needed.map(|needed| ("needed", Plain::Number(needed.into())));
    let details = [("extension", Plain::Text(extension)), ("sdk", Plain::Text(BUILD))];
    let details: Vec<_> = details.into_iter().chain(needed).collect();
    Trouble::new(ErrorCode::VersionMismatch, &details)
}

/// How a call ends whose port does.
fn lost<J: Json>(command: CommandName, cause: CloseCause) -> Trouble<J> {
    let stopped = [("reason", Plain::Text("the extension was stopped or updated"))];
    let (code, details): (_, &[_]) = match (command, cause) {
        (CommandName::Sign, _) => (ErrorCode::OutcomeUnknown, &[]),
        (_, CloseCause::AgentGone) => (ErrorCode::AgentUnreachable, &[]),
        (_, CloseCause::PageHidden) => (ErrorCode::Cancelled, &[]),
        (_, _) => (ErrorCode::ExtensionMissing, &stopped),
    };
    Trouble::new(code, details)
}

fn only(version: u16) -> VersionRange {
    VersionRange { min: version, max: version }
}

/// Leaves room for what goes around the arguments, in the request and by the extension.
const MAX_ARGUMENTS: u32 = MAX_FRAME_FROM_BROWSER as u32 - 2_000;

#[cfg(test)]
mod tests;
