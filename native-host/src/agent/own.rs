//! What the extension's own pages ask. It comes in a frame that no page's message can become, so
//! that nobody has to be admitted here.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use wardkey_protocol::{
    ErrorCode, Fault,
    envelope::{Answer, Failure},
    hop::ToExtension,
    own::{OwnCommand, OwnReply, OwnRequest, Report},
};

use super::outbound::Outbound;
use crate::doctor;

/// The examination that is under way for one relay: who asks meanwhile gets its report too.
#[derive(Default)]
pub struct Diagnosis {
    waiting: Mutex<Vec<u32>>,
}

/// Takes a call, and answers it from a thread.
pub fn take(diagnosis: &Arc<Diagnosis>, outbound: &Outbound, request: &OwnRequest) {
    match OwnCommand::from_name(&request.command) {
        Some(OwnCommand::Diagnostics) => {
            diagnose(diagnosis, outbound, request.id, doctor::examine_for_extension);
        }
        _ => reply(outbound, request.id, &Err(ErrorCode::CommandUnknown.into())),
    }
}

fn diagnose(
    diagnosis: &Arc<Diagnosis>,
    outbound: &Outbound,
    id: u32,
    examine: impl FnOnce() -> Result<Report, Fault> + Send + 'static,
) {
    match diagnosis.join(id) {
        Joined::First => {}
        Joined::Later => return,
        Joined::TooMany => return reply(outbound, id, &Err(ErrorCode::RateLimited.into())),
    }
    let (diagnosis, outbound) = (diagnosis.clone(), outbound.clone());
    thread::spawn(move || {
        let report = examine();
        for id in diagnosis.leave() {
            reply(&outbound, id, &report);
        }
    });
}

fn reply(outbound: &Outbound, id: u32, report: &Result<Report, Fault>) {
    let failure = |error| OwnReply::Failure(Failure { id: Some(id), error });
    let reply = match report {
        Ok(report) => match serde_json::to_value(report) {
            Ok(ok) => OwnReply::Answer(Answer { id, ok }),
            Err(_) => failure(ErrorCode::Internal.into()),
        },
        Err(fault) => failure(fault.clone()),
    };
    if !outbound.send(&ToExtension::Own(reply)) {
        outbound.send(&ToExtension::Own(failure(ErrorCode::FrameTooLarge.into())));
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

/// What this agent answers.
pub const OFFERED: &[OwnCommand] = &[OwnCommand::Diagnostics];
const MAX_WAITING: usize = 16;

#[cfg(test)]
mod tests;
