//! Ports: one for each document that asked for Wardkey, and one for each local program.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use serde_json::{Value, value::RawValue};
use wardkey_agent_link::{Peer, Pulse};
use wardkey_protocol::{
    Capability, ErrorCode, Fault, Origin,
    chunks::{self, Chunk, Credit},
    envelope::{Failure, Progress, ToPage},
    event::{Event, EventData, EventName},
    hop::PageContext,
    limits::{CHUNKS_UNASKED, MAX_CALLS_PER_PORT, MAX_FRAME_TO_BROWSER},
};

use super::{
    early::Early,
    held::Reservation,
    outbound::Outbound,
    transfer::{Incoming, Outgoing},
};
use crate::interrupt::Interrupt;

/// Names a port among all connections'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PortId {
    /// The connection.
    pub connection: u64,
    /// The extension's number; 0 for a local program.
    pub port: u32,
}

/// At whose end a port is.
pub enum Owner {
    /// A document, with what the browser says of it.
    Page(PageContext),
    /// A local program, as the system tells it.
    Program(Peer),
}

/// One document's or one program's port.
pub struct Port {
    /// Its name.
    pub id: PortId,
    /// Whose it is.
    pub owner: Owner,
    outbound: Outbound,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    subscribed: bool,
    seq: u32,
    session: Option<String>,
    /// Whom a top document lets call from its frames.
    delegates: Vec<String>,
    calls: HashMap<u32, Under>,
    /// What came for calls that have not got to their documents.
    early: HashMap<u32, Early>,
}

/// A call under way.
#[derive(Clone, Default)]
struct Under {
    interrupt: Arc<Interrupt>,
    incoming: Option<Arc<Incoming>>,
    outgoing: Option<Arc<Outgoing>>,
}

impl State {
    fn end(&mut self, call: u32) {
        self.calls.remove(&call);
        self.early.remove(&call);
    }
}

impl Port {
    pub fn new(id: PortId, owner: Owner, outbound: Outbound) -> Self {
        Self { id, owner, outbound, state: Mutex::default() }
    }

    /// Begins a call.
    ///
    /// # Errors
    ///
    /// `message_malformed` for an id under way, `rate_limited` above the limit.
    pub fn begin(&self, call: u32) -> Result<Arc<Interrupt>, Fault> {
        let mut state = self.state();
        if state.calls.len() >= MAX_CALLS_PER_PORT {
            return Err(ErrorCode::RateLimited.into());
        }
        if state.calls.contains_key(&call) {
            let fault = Fault::new(ErrorCode::MessageMalformed);
            return Err(fault.with("reason", "a call with this id is under way"));
        }
        let under = Under::default();
        let interrupt = under.interrupt.clone();
        state.calls.insert(call, under);
        Ok(interrupt)
    }

    /// Whether a call is under way.
    pub fn is_busy(&self) -> bool {
        !self.state().calls.is_empty()
    }

    /// Ends a call with its answer.
    pub fn finish(&self, call: u32, outcome: Result<Box<RawValue>, Fault>) {
        let mut state = self.state();
        state.end(call);
        // Sent with the lock held, so that nothing else that is said of the call comes before it.
        let failure = |error| ToPage::Failure(Failure { id: Some(call), error });
        let is_sent = match outcome {
            Ok(ok) => self.try_send(&Answer { id: call, ok: &ok }),
            Err(error) => self.try_send(&failure(error)),
        };
        if !is_sent {
            let fault = Fault::new(ErrorCode::FrameTooLarge);
            self.send(&failure(fault.with("limit", MAX_FRAME_TO_BROWSER)));
        }
    }

    /// From now on the first chunks of the call's documents may come.
    pub fn expects(&self, call: u32, room: Reservation) {
        let mut state = self.state();
        if state.calls.contains_key(&call) {
            state.early.insert(call, Early::new(room));
        }
    }

    /// From now on chunks of the call's documents are taken, after those that have come.
    pub fn receives(&self, call: u32, incoming: &Arc<Incoming>) {
        let mut state = self.state();
        if let Some(under) = state.calls.get_mut(&call) {
            under.incoming = Some(incoming.clone());
        }
        if let Some(early) = state.early.remove(&call) {
            early.hand_to(incoming);
        }
    }

    /// From now on the page gives credit for the call's signatures.
    pub fn sends(&self, call: u32, outgoing: &Arc<Outgoing>) {
        if let Some(under) = self.state().calls.get_mut(&call) {
            under.outgoing = Some(outgoing.clone());
        }
    }

    /// Takes a chunk; one that is not due ends its call.
    pub fn take_chunk(&self, chunk: Chunk) {
        let Chunk { id, chunk } = chunk;
        let mut state = self.state();
        if let Some(early) = state.early.get_mut(&id) {
            return early.keep(chunk);
        }
        let under = state.calls.get(&id).cloned();
        drop(state);
        let taken = match under.map(|under| under.incoming) {
            Some(Some(incoming)) => incoming.take(&chunk),
            Some(None) => Err(chunks::invalid("no chunk is due")),
            // They were sent before the page heard that its call had ended.
            None if chunk.number < CHUNKS_UNASKED => Ok(None),
            None => Err(chunks::invalid("no such call is under way")),
        };
        match taken {
            Ok(Some(credit)) => self.send(&ToPage::Credit(Credit { id, credit })),
            Ok(None) => {}
            Err(error) => self.break_off(Failure { id: Some(id), error }),
        }
    }

    /// Takes credit. That of a call which has just ended is of no use to anybody.
    pub fn take_credit(&self, credit: &Credit) {
        let Some(under) = self.under(credit.id) else { return };
        match under.outgoing {
            Some(outgoing) => outgoing.give(credit.credit),
            None => {
                let error = chunks::invalid("no credit is due");
                self.break_off(Failure { id: Some(credit.id), error });
            }
        }
    }

    /// Ends the call of a chunk or a credit that was no good.
    pub fn break_off(&self, failure: Failure) {
        let Some(under) = failure.id.and_then(|id| self.under(id)) else {
            return self.refuse(failure);
        };
        if let Some(incoming) = under.incoming {
            incoming.fail(failure.error.clone());
        }
        under.interrupt.raise(failure.error.code);
        if let Some(outgoing) = under.outgoing {
            outgoing.fail(failure.error);
        }
    }

    /// News of a call under way.
    pub fn progress(&self, call: u32, progress: Value) {
        self.send(&ToPage::Progress(Progress { id: call, progress }));
    }

    /// Gives one call up, at the page's wish.
    pub fn cancel(&self, call: u32) {
        if let Some(under) = self.under(call) {
            under.give_up();
        }
    }

    /// Gives every call up: the document went.
    pub fn cancel_all(&self) {
        let calls: Vec<Under> = self.state().calls.values().cloned().collect();
        calls.iter().for_each(Under::give_up);
    }

    /// From now on the page gets events; the number of the last one.
    pub fn subscribe(&self) -> u32 {
        let mut state = self.state();
        state.subscribed = true;
        state.seq
    }

    /// Whether it is a tab's top document's.
    pub fn is_top(&self) -> bool {
        matches!(&self.owner, Owner::Page(context) if context.top)
    }

    /// From now on documents of these origins may call from its frames, and no others.
    pub fn delegate(&self, origins: Vec<String>) {
        self.state().delegates = origins;
    }

    /// Whether a document of this origin may.
    pub fn delegates_to(&self, origin: &Origin) -> bool {
        self.state().delegates.iter().any(|delegate| delegate == origin.as_str())
    }

    /// The session that the page has signed in to.
    pub fn session(&self) -> Option<String> {
        self.state().session.clone()
    }

    /// The page has signed in.
    pub fn enter_session(&self, session: &str) {
        self.state().session = Some(session.to_owned());
    }

    /// The page's session is over.
    pub fn leave_session(&self) {
        self.state().session = None;
    }

    /// Tells the page of an event, if it subscribed.
    pub fn notify(&self, event: EventName, data: EventData) {
        let mut state = self.state();
        if !state.subscribed {
            return;
        }
        state.seq += 1;
        // Sent with the lock held, so that events leave in the order of their numbers.
        self.send(&ToPage::Event(Event { seq: state.seq, event, data }));
    }

    /// Tells the page that its message was no good.
    pub fn refuse(&self, failure: Failure) {
        self.send(&ToPage::Failure(failure));
    }

    /// Says to a program that the agent lives.
    pub fn say(&self, pulse: Pulse) {
        self.outbound.send_frame(pulse.frame().to_vec());
    }

    /// Sends a message of bounded size.
    pub fn send(&self, message: &ToPage) {
        self.try_send(message);
    }

    /// Whether the message fits a frame; it is sent then.
    fn try_send(&self, message: &impl Serialize) -> bool {
        match self.owner {
            Owner::Page(_) => self
                .outbound
                .send(&ToExtension { message: ToPort { port: self.id.port, frame: message } }),
            Owner::Program(_) => self.outbound.send(message),
        }
    }

    fn under(&self, call: u32) -> Option<Under> {
        self.state().calls.get(&call).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The protocol's message to a page, written as it stands: an answer may be large.
#[derive(Serialize)]
struct ToExtension<'a, T> {
    message: ToPort<'a, T>,
}

#[derive(Serialize)]
struct ToPort<'a, T> {
    port: u32,
    frame: &'a T,
}

/// `wardkey_protocol::envelope::Answer`, with a result that is written already.
#[derive(Serialize)]
struct Answer<'a> {
    id: u32,
    ok: &'a RawValue,
}

impl Under {
    fn give_up(&self) {
        self.interrupt.raise(ErrorCode::Cancelled);
        if let Some(outgoing) = &self.outgoing {
            outgoing.fail(ErrorCode::Cancelled.into());
        }
    }
}

/// Who calls: named in dialogs and in the audit record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A page, by its origin.
    Page(Origin),
    /// A local program.
    Program {
        /// The file that it runs, as policy names it.
        executable: String,
        /// What policy calls it.
        name: String,
    },
    /// The user, in the extension's own pages or at the command line.
    User,
}

impl Who {
    /// The page's origin.
    pub fn origin(&self) -> Option<&str> {
        match self {
            Self::Page(origin) => Some(origin.as_str()),
            Self::Program { .. } | Self::User => None,
        }
    }

    /// The program's executable.
    pub fn program(&self) -> Option<&str> {
        match self {
            Self::Page(_) | Self::User => None,
            Self::Program { executable, .. } => Some(executable),
        }
    }
}

/// A caller that was admitted: who, with which capabilities.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub who: Who,
    /// Whom its tickets are for: a page's own origin, or the application that policy names for a
    /// program.
    pub relying_party: Option<Origin>,
    /// The address of its identity server.
    pub server: String,
    /// Of a document in a frame: the top document's origin.
    pub within: Option<String>,
    /// What it may do.
    pub capabilities: HashSet<Capability>,
    /// What else it may do once its user lets it.
    pub askable: HashSet<Capability>,
    /// Whether pages written for `web-eid.js` run on it.
    pub web_eid: bool,
    /// The most documents that it may have signed with one consent.
    pub batch_documents: usize,
}

impl Caller {
    /// Whether it was granted a capability.
    pub fn may(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// Whether it was, or may be by the user.
    pub fn may_come_to(&self, capability: Capability) -> bool {
        self.may(capability) || self.askable.contains(&capability)
    }
}
