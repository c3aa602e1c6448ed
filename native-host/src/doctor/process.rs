//! A whole examination in a process of its own, so that nothing in it can hold its asker up.

use std::{
    io::Read as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use wardkey_protocol::{ErrorCode, Fault, own::Report};

use super::FROM_EXTENSION;
use crate::program::{end, lead};

/// Examines this computer for a page of the extension. The process and those that it started are
/// ended when it takes too long.
///
/// # Errors
///
/// `internal` where there is no report, with the reason.
pub fn examine() -> Result<Report, Fault> {
    let failed = |reason: String| Fault::new(ErrorCode::Internal).with("reason", reason);
    let program = program().ok_or_else(|| failed("no program".to_owned()))?;
    let mut examination = Command::new(program);
    lead(&mut examination);
    let mut child = examination
        .args(["doctor", "--json", FROM_EXTENSION])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let report = read(&mut child, PATIENCE);
    end(&mut child);
    let report = report.ok_or_else(|| failed("the examination did not end in time".to_owned()))?;
    serde_json::from_slice(&report).map_err(|error| failed(error.to_string()))
}

/// What it prints until it closes its output.
fn read(child: &mut Child, patience: Duration) -> Option<Vec<u8>> {
    let output = child.stdout.take()?;
    let (sender, printed) = mpsc::channel();
    thread::spawn(move || {
        let mut octets = Vec::new();
        if output.take(MAX_REPORT).read_to_end(&mut octets).is_ok() {
            // Nobody may be waiting any more.
            let _ = sender.send(octets);
        }
    });
    printed.recv_timeout(patience).ok()
}

/// This program as it is on the disk now: an update may have replaced the one that runs.
fn program() -> Option<PathBuf> {
    let running = std::env::current_exe().ok()?;
    match running.to_str().and_then(|path| path.strip_suffix(" (deleted)")) {
        Some(path) => Some(PathBuf::from(path)),
        None => Some(running),
    }
}

/// Longer than everything in it may take.
const PATIENCE: Duration = Duration::from_secs(60);
const MAX_REPORT: u64 = 900_000;
