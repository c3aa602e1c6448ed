//! What the extension's own pages ask, and a person at the command line. It comes in a frame that no
//! page's message can become, so that nobody has to be admitted here.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use serde::Serialize;
use serde_json::{Map, Value};
use wardkey_protocol::{
    ErrorCode, Fault,
    envelope::{Answer, Failure},
    hop::ToExtension,
    own::{OwnCommand, OwnReply, OwnRequest, PasscodeArgs, Report},
};

use super::{Agent, outbound::Outbound};
use crate::{dialog::screen::SetBy, doctor, interrupt::Interrupt};

/// What one of them has under way.
#[derive(Default)]
pub struct Calls {
    diagnosis: Diagnosis,
    /// Of those that talk with the user.
    interrupts: Mutex<Vec<Arc<Interrupt>>>,
}

/// The examination that is under way: who asks meanwhile gets its report too.
#[derive(Default)]
struct Diagnosis {
    waiting: Mutex<Vec<u32>>,
}

/// Takes a call, and answers it from a thread.
pub fn take(agent: &Arc<Agent>, calls: &Arc<Calls>, outbound: &Outbound, request: OwnRequest) {
    let OwnRequest { id, command, args } = request;
    match OwnCommand::from_name(&command) {
        Some(OwnCommand::ChangePasscode) => {
            set_passcode(agent, calls, outbound, id, SetBy::Passcode, args);
        }
        Some(OwnCommand::Diagnostics) => {
            diagnose(calls, outbound, id, doctor::examine_for_extension);
        }
        Some(OwnCommand::UnblockPasscode) => {
            set_passcode(agent, calls, outbound, id, SetBy::UnblockingKey, args);
        }
        _ => reply::<()>(outbound, id, &Err(ErrorCode::CommandUnknown.into())),
    }
}

fn set_passcode(
    agent: &Arc<Agent>,
    calls: &Arc<Calls>,
    outbound: &Outbound,
    id: u32,
    by: SetBy,
    args: Map<String, Value>,
) {
    let args = match PasscodeArgs::read(args) {
        Ok(args) => args,
        Err(fault) => return reply::<()>(outbound, id, &Err(fault)),
    };
    let Some(interrupt) = calls.begin() else {
        return reply::<()>(outbound, id, &Err(ErrorCode::RateLimited.into()));
    };
    let (agent, calls, outbound) = (agent.clone(), calls.clone(), outbound.clone());
    thread::spawn(move || {
        let outcome = agent.set_passcode(&interrupt, by, &args);
        calls.end(&interrupt);
        reply(&outbound, id, &outcome);
    });
}

fn diagnose(
    calls: &Arc<Calls>,
    outbound: &Outbound,
    id: u32,
    examine: impl FnOnce() -> Result<Report, Fault> + Send + 'static,
) {
    match calls.diagnosis.join(id) {
        Joined::First => {}
        Joined::Later => return,
        Joined::TooMany => {
            return reply::<()>(outbound, id, &Err(ErrorCode::RateLimited.into()));
        }
    }
    let (calls, outbound) = (calls.clone(), outbound.clone());
    thread::spawn(move || {
        let report = examine();
        for id in calls.diagnosis.leave() {
            reply(&outbound, id, &report);
        }
    });
}

fn reply<T: Serialize>(outbound: &Outbound, id: u32, outcome: &Result<T, Fault>) {
    let failure = |error| OwnReply::Failure(Failure { id: Some(id), error });
    let reply = match outcome {
        Ok(result) => match serde_json::to_value(result) {
            Ok(ok) => OwnReply::Answer(Answer { id, ok }),
            Err(_) => failure(ErrorCode::Internal.into()),
        },
        Err(fault) => failure(fault.clone()),
    };
    if !outbound.send(&ToExtension::Own(reply)) {
        outbound.send(&ToExtension::Own(failure(ErrorCode::FrameTooLarge.into())));
    }
}

impl Calls {
    /// Gives up what talks with the user: whoever asked has gone.
    pub fn give_up(&self) {
        for interrupt in self.interrupts().drain(..) {
            interrupt.raise(ErrorCode::Cancelled);
        }
    }

    /// One more; `None` where there are too many.
    fn begin(&self) -> Option<Arc<Interrupt>> {
        let mut interrupts = self.interrupts();
        if interrupts.len() >= MAX_WAITING {
            return None;
        }
        let interrupt = Arc::<Interrupt>::default();
        interrupts.push(interrupt.clone());
        Some(interrupt)
    }

    fn end(&self, interrupt: &Arc<Interrupt>) {
        self.interrupts().retain(|other| !Arc::ptr_eq(other, interrupt));
    }

    fn interrupts(&self) -> MutexGuard<'_, Vec<Arc<Interrupt>>> {
        self.interrupts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Joined {
    First,
    Later,
    TooMany,
}

impl Diagnosis {
    fn join(&self, id: u32) -> Joined {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MAX_WAITING {
            return Joined::TooMany;
        }
        waiting.push(id);
        if waiting.len() == 1 { Joined::First } else { Joined::Later }
    }

    fn leave(&self) -> Vec<u32> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

const MAX_WAITING: usize = 16;

#[cfg(test)]
mod tests;
