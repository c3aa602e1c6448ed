use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use wardkey_protocol::{ErrorCode, Fault, own::Report};

use super::Own;
use crate::doctor;

/// The examination that is under way for one browser: who asks meanwhile gets its report too.
#[derive(Default)]
pub struct Diagnosis {
    waiting: Mutex<Vec<u32>>,
}

/// Examines this computer.
pub fn run(own: &Arc<Own>, id: u32) {
    diagnose(own, id, doctor::examine_for_extension);
}

pub(super) fn diagnose(
    own: &Arc<Own>,
    id: u32,
    examine: impl FnOnce() -> Result<Report, Fault> + Send + 'static,
) {
    match own.diagnosis.join(id) {
        Joined::First => {}
        Joined::Later => return,
        Joined::TooMany => return own.reply(id, Err(ErrorCode::RateLimited.into())),
    }
    let asked = own.clone();
    let thread = thread::Builder::new().spawn(move || {
        let report = examine();
        for id in asked.diagnosis.leave() {
            asked.answer(id, report.as_ref().map_err(Fault::clone));
        }
    });
    if let Err(error) = thread {
        for id in own.diagnosis.leave() {
            let fault = Fault::new(ErrorCode::Internal).with("reason", error.to_string());
            own.reply(id, Err(fault));
        }
    }
}

enum Joined {
    First,
    Later,
    TooMany,
}

impl Diagnosis {
    /// Whether somebody waits for a report.
    pub fn is_under_way(&self) -> bool {
        !self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

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
