//! The agent that runs, met as a relay meets it.

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::Value;
use wardkey_agent_link::{Connection, Hello, Instance, InstanceError, LinkError, Peer};
use wardkey_protocol::{
    hop::{self, FromExtension},
    own::Finding,
    version::{BUILD, VersionRange},
};

use super::{codes::Code, within};
use crate::install::OUR_EXTENSIONS;

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

/// The process that holds the instance's lock.
#[derive(Debug)]
struct Process {
    id: u32,
    /// Its program, as the system has it.
    program: Option<PathBuf>,
}

impl Process {
    fn of(instance: &Instance) -> Option<Self> {
        let id = fs::read_to_string(instance.lock()).ok()?.trim().parse().ok()?;
        let folder = PathBuf::from(format!("/proc/{id}"));
        folder.exists().then(|| Self { id, program: fs::read_link(folder.join("exe")).ok() })
    }

    fn shown(&self) -> String {
        self.program.as_deref().map(|it| it.display().to_string()).unwrap_or_default()
    }

    /// Whether its program is not the file that would be started now: the link of the system leads
    /// to what runs, even where that has been replaced.
    fn is_replaced(&self) -> bool {
        let file = |path: &Path| fs::metadata(path).ok().map(|it| (it.dev(), it.ino()));
        let running = file(Path::new(&format!("/proc/{}/exe", self.id)));
        let this = file(Path::new("/proc/self/exe"));
        matches!((running, this), (Some(running), Some(this)) if running != this)
    }

    fn is_of_another_session(&self) -> bool {
        let text = fs::read_to_string(format!("/proc/{}/sessionid", self.id)).ok();
        let session = text.and_then(|text| text.trim().parse::<u32>().ok());
        session.filter(|session| *session != NO_SESSION) != Peer::this().logon_session
    }
}

const AWAY: &str = "The agent does not run; a browser starts it when it is needed.";
/// What the system says where there is no logon session.
const NO_SESSION: u32 = u32::MAX;
