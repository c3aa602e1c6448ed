//! The agent that runs, met as a relay meets it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::{
    fs,
    io::ErrorKind,
    time::{Duration, SystemTime},
};

use serde_json::Value;
use wardkey_agent_link::{Connection, Hello, Instance, InstanceError, LinkError};
use wardkey_protocol::{
    hop::{self, FromExtension},
    own::Finding,
    version::{BUILD, VersionRange},
};

use super::{codes::Code, within};
use crate::install::OUR_EXTENSIONS;
#[cfg(unix)]
use unix::Process;
#[cfg(windows)]
use windows::Process;

/// What is known of the agent.
#[derive(Debug)]
pub struct Met {
    /// What there is to say.
    pub finding: Finding,
    /// When it started, where it serves this program.
    pub since: Option<SystemTime>,
}

/// Meets the agent of an instance; starts none.
pub fn meet(instance: &Instance, patience: Duration) -> Met {
    if let Err(error) = instance.prepare() {
        return Met { finding: of_folder(&error), since: None };
    }
    let process = Process::of(instance);
    let greeted = {
        let instance = instance.clone();
        within(patience, move || greet(&instance))
    };
    let serves = matches!(greeted, Some(Ok(_)));
    let finding = match greeted {
        None => Code::AgentUnreachable.found(),
        Some(Ok(version)) => of_version(&version, process.as_ref()),
        Some(Err(error)) => of_link(&error, process.as_ref()),
    };
    let of_lock = || fs::metadata(instance.lock()).ok()?.modified().ok();
    let since = if serves { of_lock() } else { None };
    let finding = match process.filter(|_| !is_away(&finding)) {
        Some(process) => finding.with("process", process.id).with("program", process.shown()),
        None => finding,
    };
    Met { finding, since }
}

fn of_version(version: &str, process: Option<&Process>) -> Finding {
    if version != BUILD || process.is_some_and(Process::is_replaced) {
        let says = format!("The agent {version} runs on, of before an update of this program.");
        return Code::AgentOtherVersion.says(says).with("agent", version).with("host", BUILD);
    }
    Code::Agent.says(format!("The agent {version} runs."))
}

fn of_link(error: &LinkError, process: Option<&Process>) -> Finding {
    match error {
        LinkError::Refused => Code::AgentOtherProgram.found(),
        LinkError::NoAgent(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => Code::Agent.says(AWAY),
            _ if process.is_some_and(Process::is_of_another_session) => {
                Code::AgentOtherSession.found()
            }
            _ => Code::AgentUnreachable.found().with("reason", error.to_string()),
        },
        error => Code::AgentUnreachable.found().with("reason", error.to_string()),
    }
}

fn of_folder(error: &InstanceError) -> Finding {
    match error {
        InstanceError::Exposed(path) => {
            Code::InstanceExposed.found().with("folder", path.display().to_string())
        }
        InstanceError::Io { path, source } => Code::InstanceUnusable
            .found()
            .with("folder", path.display().to_string())
            .with("reason", source.to_string()),
        other => Code::InstanceUnusable.found().with("reason", other.to_string()),
    }
}

fn is_away(finding: &Finding) -> bool {
    finding.found == AWAY
}

/// The agent's version, as it tells a relay.
fn greet(instance: &Instance) -> Result<String, LinkError> {
    let relay = Hello::Relay { extension: OUR_EXTENSIONS[0].to_owned() };
    let mut connection = Connection::open(instance, &relay)?;
    let hello = hop::Hello { versions: VersionRange::OURS, extension: BUILD.to_owned() };
    let hello = serde_json::to_vec(&FromExtension::Hello(hello)).unwrap_or_default();
    connection.send(&hello)?;
    let gone = || LinkError::NoAgent(ErrorKind::UnexpectedEof.into());
    let frame = connection.receive()?.ok_or_else(gone)?;
    // An agent of another version may say more than this one knows.
    let frame: Value = serde_json::from_slice(&frame).unwrap_or_default();
    let version = frame["welcome"]["agent"].as_str().unwrap_or("of another protocol");
    Ok(version.to_owned())
}

const AWAY: &str = "The agent does not run; a browser starts it when it is needed.";
