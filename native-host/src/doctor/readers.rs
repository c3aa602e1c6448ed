//! The smartcard service and its readers.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

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
        Some(Err(error)) => (None, vec![of_service(&error, patience)]),
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

fn of_service(error: &CardError, patience: Duration) -> Finding {
    let named = env::var_os("PCSCLITE_CSOCK_NAME").map(PathBuf::from);
    let socket = named.clone().unwrap_or_else(|| PathBuf::from(SOCKET));
    let listens = || within(patience, move || listens(&socket)) == Some(true);
    let finding = match error {
        CardError::ReaderServiceMissing => match listens() {
            // pcsc-lite says so, too, where the service hangs up before it was asked anything.
            true => Code::ReaderServiceRefused.found().with("reason", "it hangs up"),
            false => Code::ReaderServiceMissing.found(),
        },
        // Whoever is not admitted is told so, or is told nothing at all (`SCARD_F_COMM_ERROR`).
        other => Code::ReaderServiceRefused.found().with("reason", other.to_string()),
    };
    match named {
        Some(socket) => finding.with("socket", socket.display().to_string()),
        None => finding,
    }
}

/// Whether somebody listens at a socket.
#[cfg(unix)]
fn listens(socket: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

/// Elsewhere the service has no socket.
#[cfg(not(unix))]
fn listens(_: &Path) -> bool {
    false
}

fn of_readers(readers: &[ReaderLook]) -> Finding {
    if readers.is_empty() {
        return Code::ReaderMissing.found();
    }
    let names: Vec<&str> = readers.iter().map(|reader| reader.state.name.as_str()).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    Code::Reader.says(format!("{} {verb} connected.", names.join(", ")))
}

/// pcsc-lite's own.
const SOCKET: &str = "/run/pcscd/pcscd.comm";
