//! The ways to read cards, each asked in a process of its own and for a bounded time.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::own::Finding;
use wardkey_smartcard::{CardError, Token};

use super::{codes::Code, policy::counted};
use crate::module::{Module as _, ModuleClient, Way};

/// What one way answered.
pub struct Answered {
    /// Its name.
    pub name: String,
    /// The tokens that it reads, or what went wrong.
    pub tokens: Result<Vec<Token>, CardError>,
    finding: Finding,
}

/// Asks every way at once.
pub fn ask(ways: Vec<Way>, patience: Duration) -> Vec<Answered> {
    thread::scope(|scope| {
        let asked: Vec<_> =
            ways.into_iter().map(|way| scope.spawn(move || ask_one(way, patience))).collect();
        asked.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

/// What there is to say of the ways themselves.
pub fn findings(answered: &[Answered]) -> Vec<Finding> {
    if answered.is_empty() {
        return vec![Code::ModuleMissing.found()];
    }
    answered.iter().map(|answered| answered.finding.clone()).collect()
}

fn ask_one(way: Way, patience: Duration) -> Answered {
    let name = name(&way);
    let begun = Instant::now();
    let tokens = ModuleClient::new(way.clone()).waiting(patience).tokens();
    let in_time = begun.elapsed() < patience;
    let finding = match &tokens {
        Ok(tokens) => Code::Module
            .says(format!("{name} answers, and reads {}.", counted(tokens.len(), "token"))),
        Err(error) => of_error(&way, &name, error, in_time),
    };
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Answered { finding: finding.with("milliseconds", milliseconds), name, tokens }
}

fn of_error(way: &Way, name: &str, error: &CardError, in_time: bool) -> Finding {
    match error {
        CardError::ModuleMissing(reason) => match way {
            Way::Module(path) if !path.exists() => {
                Code::ModuleFileMissing.says(format!("{name} is missing."))
            }
            _ => {
                let says = format!("{name} can't be loaded as a PKCS#11 module.");
                Code::ModuleNotLoaded.says(says).with("reason", reason.as_str())
            }
        },
        CardError::ModuleFailed { code: None, .. } if !in_time => {
            Code::ModuleHangs.says(format!("{name} did not answer in time."))
        }
        CardError::ModuleFailed { function, code } => {
            let finding = Code::ModuleFailed
                .says(format!("{name} stopped, or answered with an error."))
                .with("function", function.as_str());
            code.iter().fold(finding, |finding, code| finding.with("value", code.as_str()))
        }
        CardError::ReaderServiceMissing if matches!(way, Way::Simulated(_)) => {
            Code::ModuleFailed.says(format!("{name} does not answer."))
        }
        // What the card or its reader has to say is said of these.
        CardError::CardBusy
        | CardError::CardMissing
        | CardError::CardRemoved
        | CardError::ReaderMissing
        | CardError::ReaderServiceMissing => Code::Module.says(format!("{name} answers.")),
        other => Code::ModuleFailed
            .says(format!("{name} stopped, or answered with an error."))
            .with("reason", other.to_string()),
    }
}

fn name(way: &Way) -> String {
    match way {
        Way::Module(path) => shown(path),
        Way::Piv => "PIV itself".to_owned(),
        Way::Simulated(socket) => format!("the simulator at {}", shown(socket)),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
