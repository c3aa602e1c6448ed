//! Page ports: one for each document that asked for Wardkey.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use wardkey_agent_link::Connection;
use wardkey_protocol::{
    Capability, ErrorCode, Fault, Origin,
    envelope::{Answer, Failure, Progress, ToPage},
    event::{Event, EventData, EventName},
    hop::{PageContext, ToExtension, ToPort},
    limits::MAX_CALLS_PER_PORT,
};

use crate::interrupt::Interrupt;

/// Where a relay's frames go. Dropped frames are of a browser that has gone.
#[derive(Clone)]
pub struct Outbound(Arc<Mutex<Connection>>);

impl Outbound {
    pub fn new(connection: Connection) -> Self {
        Self(Arc::new(Mutex::new(connection)))
    }

    pub fn send(&self, message: &ToExtension) {
        let Ok(frame) = serde_json::to_vec(message) else { return };
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if connection.send(&frame).is_err() {
            connection.shut_down();
        }
    }
}

/// Names a port among all relays'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PortId {
    /// The relay's connection.
    pub connection: u64,
    /// The extension's number.
    pub port: u32,
}

/// One document's port.
pub struct Port {
    /// Its name.
    pub id: PortId,
    /// What the browser says of the document.
    pub context: PageContext,
    outbound: Outbound,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    subscribed: bool,
    seq: u32,
    session: Option<String>,
    calls: HashMap<u32, Arc<Interrupt>>,
}

impl Port {
    pub fn new(id: PortId, context: PageContext, outbound: Outbound) -> Self {
        Self { id, context, outbound, state: Mutex::default() }
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
        let interrupt = Arc::new(Interrupt::default());
        state.calls.insert(call, interrupt.clone());
        Ok(interrupt)
    }

    /// Ends a call with its answer.
    pub fn finish(&self, call: u32, outcome: Result<Value, Fault>) {
        self.state().calls.remove(&call);
        self.send(&match outcome {
            Ok(ok) => ToPage::Answer(Answer { id: call, ok }),
            Err(error) => ToPage::Failure(Failure { id: Some(call), error }),
        });
    }

    /// News of a call under way.
    pub fn progress(&self, call: u32, progress: Value) {
        self.send(&ToPage::Progress(Progress { id: call, progress }));
    }

    /// Gives one call up, at the page's wish.
    pub fn cancel(&self, call: u32) {
        if let Some(interrupt) = self.state().calls.get(&call) {
            interrupt.raise(ErrorCode::Cancelled);
        }
    }

    /// Gives every call up: the document went.
    pub fn cancel_all(&self) {
        for interrupt in self.state().calls.values() {
            interrupt.raise(ErrorCode::Cancelled);
        }
    }

    /// From now on the page gets events; the number of the last one.
    pub fn subscribe(&self) -> u32 {
        let mut state = self.state();
        state.subscribed = true;
        state.seq
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

    fn send(&self, message: &ToPage) {
        let Ok(frame) = serde_json::to_value(message) else { return };
        self.outbound.send(&ToExtension::Message(ToPort { port: self.id.port, frame }));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller that was admitted: which origin, with which capabilities.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The origin.
    pub origin: Origin,
    /// The address of its identity server.
    pub server: String,
    /// What it may do.
    pub capabilities: std::collections::HashSet<Capability>,
    /// The most documents that it may have signed with one consent.
    pub batch_documents: usize,
}

impl Caller {
    /// Whether it was granted a capability.
    pub fn may(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }
}
