//! The smartcard service and its readers.

use std::{env, path::Path, time::Duration};

use wardkey_protocol::own::Finding;
use wardkey_smartcard::{CardError, ReaderLook, look};

use super::{codes::Code, within};
use crate::simulation;

/// Looks at the readers, or at simulated ones; `None` without a service that answers.
pub fn examine(
    simulation: Option<&Path>,
    patience: Duration,
) -> (Option<Vec<ReaderLook>>, Vec<Finding>) {
    if let Some(socket) = simulation {
        return simulated(socket, patience);
    }
    match within(patience, look) {
        Some(Ok(readers)) => {
            let findings = vec![Code::ReaderService.found(), of_readers(&readers)];
            (Some(readers), findings)
        }
        Some(Err(error)) => (None, vec![of_service(&error)]),
        None => (None, vec![Code::ReaderServiceSilent.found()]),
    }
}

fn simulated(socket: &Path, patience: Duration) -> (Option<Vec<ReaderLook>>, Vec<Finding>) {
    let place = socket.to_owned();
    let finding = |code: Code| code.found().with("socket", socket.display().to_string());
    match within(patience, move || simulation::look(&place)) {
        Some(Ok(states)) => {
            let look = |state| ReaderLook { state, exclusive: false };
            let readers: Vec<_> = states.into_iter().map(look).collect();
            let findings = vec![finding(Code::SimulationRuns), of_readers(&readers)];
            (Some(readers), findings)
        }
        Some(Err(_)) | None => (None, vec![finding(Code::SimulationMissing)]),
    }
}

fn of_service(error: &CardError) -> Finding {
    let finding = match error {
        CardError::ReaderServiceMissing => Code::ReaderServiceMissing.found(),
        // Whoever is not admitted is told so, or is told nothing at all (`SCARD_F_COMM_ERROR`).
        other => Code::ReaderServiceRefused.found().with("reason", other.to_string()),
    };
    match env::var("PCSCLITE_CSOCK_NAME") {
        Ok(socket) => finding.with("socket", socket),
        Err(_) => finding,
    }
}

fn of_readers(readers: &[ReaderLook]) -> Finding {
    if readers.is_empty() {
        return Code::ReaderMissing.found();
    }
    let names: Vec<&str> = readers.iter().map(|reader| reader.state.name.as_str()).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    Code::Reader.says(format!("{} {verb} connected.", names.join(", ")))
}
