//! What the extension's own pages ask, and a person at the command line. It comes in a frame that no
//! page's message can become, so that nobody has to be admitted here. One command, one file.

mod diagnostics;
mod grants;
mod overview;
pub(super) mod revoke;
mod select_role;
mod shims;
mod sign_out;
mod watch;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use serde::Serialize;
use serde_json::Value;
use wardkey_protocol::{
    ErrorCode, Fault,
    envelope::{Answer, Failure},
    hop::ToExtension,
    own::{OwnCommand, OwnReply, OwnRequest},
};

use super::{Agent, outbound::Outbound};
use crate::{dialog::screen::SetBy, interrupt::Interrupt};
use diagnostics::Diagnosis;
pub use watch::Watchers;

/// What the extension's own pages of one browser are about, or a person at the command line.
pub struct Own {
    agent: Arc<Agent>,
    /// The connection of either.
    connection: u64,
    outbound: Outbound,
    diagnosis: Diagnosis,
    /// Raised when whoever asks goes.
    under_way: Mutex<Vec<Arc<Interrupt>>>,
}

impl Own {
    /// Of a connection.
    pub fn new(agent: &Arc<Agent>, connection: u64, outbound: &Outbound) -> Arc<Self> {
        Arc::new(Self {
            agent: agent.clone(),
            connection,
            outbound: outbound.clone(),
            diagnosis: Diagnosis::default(),
            under_way: Mutex::default(),
        })
    }

    /// Takes a call, and answers it: at once, or from a thread where it asks the user or a server.
    pub fn take(self: &Arc<Self>, request: OwnRequest) {
        let Some(command) = OwnCommand::from_name(&request.command) else {
            return self.reply(request.id, Err(ErrorCode::CommandUnknown.into()));
        };
        match command {
            OwnCommand::ChangePasscode => self.in_thread(request, |own, request, interrupt| {
                encode(own.agent.set_passcode(interrupt, SetBy::Passcode, &request.read()?)?)
            }),
            OwnCommand::Diagnostics => diagnostics::run(self, request.id),
            OwnCommand::Grants => self.answer(request.id, grants::run(&self.agent)),
            OwnCommand::Overview => self.answer(request.id, overview::run(&self.agent)),
            OwnCommand::Revoke => self.in_thread(request, |own, request, _| {
                encode(revoke::run(&own.agent, &request.read()?)?)
            }),
            OwnCommand::SelectRole => self.in_thread(request, |own, request, interrupt| {
                encode(select_role::run(&own.agent, interrupt, &request.read()?)?)
            }),
            OwnCommand::Shims => {
                let shims = request.read().map(|args| shims::run(&self.agent, &args));
                self.answer(request.id, shims);
            }
            OwnCommand::SignOut => self.in_thread(request, |own, request, _| {
                encode(sign_out::run(&own.agent, &request.read()?)?)
            }),
            OwnCommand::UnblockPasscode => self.in_thread(request, |own, request, interrupt| {
                encode(own.agent.set_passcode(interrupt, SetBy::UnblockingKey, &request.read()?)?)
            }),
            OwnCommand::Watch => {
                self.agent.watchers.add(self.connection, self.outbound.clone());
                self.answer(request.id, Ok(serde_json::Map::new()));
            }
            _ => self.reply(request.id, Err(ErrorCode::CommandUnknown.into())),
        }
    }

    /// Whether a call is under way that asks the user, a server or the computer.
    pub fn is_busy(&self) -> bool {
        !self.under_way().is_empty() || self.diagnosis.is_under_way()
    }

    /// Whoever asked is gone: dialogs that were opened for them close.
    pub fn close(&self) {
        self.agent.watchers.remove(self.connection);
        self.under_way().iter().for_each(|interrupt| interrupt.raise(ErrorCode::Cancelled));
    }

    /// Those that have not ended: somebody else holds them.
    fn under_way(&self) -> MutexGuard<'_, Vec<Arc<Interrupt>>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|interrupt| Arc::strong_count(interrupt) > 1);
        under_way
    }

    fn in_thread(
        self: &Arc<Self>,
        request: OwnRequest,
        run: fn(&Self, &OwnRequest, &Arc<Interrupt>) -> Result<Value, Fault>,
    ) {
        let interrupt = Arc::new(Interrupt::default());
        {
            let mut under_way = self.under_way();
            if under_way.len() >= MAX_UNDER_WAY {
                return self.reply(request.id, Err(ErrorCode::RateLimited.into()));
            }
            under_way.push(interrupt.clone());
        }
        let (own, id) = (self.clone(), request.id);
        let thread = thread::Builder::new().spawn(move || {
            let outcome = run(&own, &request, &interrupt);
            own.reply(request.id, outcome);
        });
        if let Err(error) = thread {
            let fault = Fault::new(ErrorCode::Internal).with("reason", error.to_string());
            self.reply(id, Err(fault));
        }
    }

    fn answer(&self, id: u32, outcome: Result<impl Serialize, Fault>) {
        self.reply(id, outcome.and_then(encode));
    }

    fn reply(&self, id: u32, outcome: Result<Value, Fault>) {
        let failure = |error| OwnReply::Failure(Failure { id: Some(id), error });
        let reply = match outcome {
            Ok(ok) => OwnReply::Answer(Answer { id, ok }),
            Err(fault) => failure(fault),
        };
        if !self.outbound.send(&ToExtension::Own(reply)) {
            self.outbound.send(&ToExtension::Own(failure(ErrorCode::FrameTooLarge.into())));
        }
    }
}

fn encode(result: impl Serialize) -> Result<Value, Fault> {
    serde_json::to_value(result).map_err(|_| ErrorCode::Internal.into())
}

const MAX_UNDER_WAY: usize = 16;

#[cfg(test)]
mod tests;
