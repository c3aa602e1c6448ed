//! This very program, to be started in another role.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::{
    env,
    ffi::OsStr,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

#[cfg(unix)]
use unix::without_console;
#[cfg(unix)]
pub use unix::{end, has_ended, interrupt, lead, leave_session, spawn_apart};
#[cfg(windows)]
pub use windows::{end, has_ended, interrupt, lead, leave_session, spawn_apart, without_console};

use wardkey_agent_link::Stream;

use crate::simulation::{self, Part};

/// The program to start: this one, even where an update has put another in its place, so that an
/// agent's dialogs and module processes are of its own version.
///
/// # Errors
///
/// Where the system does not tell.
pub fn this() -> io::Result<PathBuf> {
    let path = env::current_exe()?;
    if cfg!(target_os = "linux") && !path.exists() {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    Ok(path)
}

/// This program in another role, or a simulator that plays it. Dropping it ends it.
pub enum Role {
    /// A process.
    Process(Child),
    /// A simulator's connection.
    Simulator(Stream),
}

/// A role, what it is told by, and what it says.
pub struct Running {
    /// The role.
    pub role: Role,
    /// What goes to it.
    pub input: Box<dyn Write + Send>,
    /// What comes from it.
    pub output: Box<dyn Read + Send>,
}

impl Role {
    /// Starts this program with these arguments.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn start(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> io::Result<Running> {
        Self::start_with(arguments, &[])
    }

    /// The same, with these variables where nobody has set them.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn start_with(
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        variables: &[(&str, &str)],
    ) -> io::Result<Running> {
        let mut command = Command::new(this()?);
        let unset = variables.iter().filter(|(name, _)| std::env::var_os(name).is_none());
        command.envs(unset.copied());
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        without_console(&mut command);
        let mut process = command.stderr(Stdio::null()).spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let role = Self::Process(process);
        Ok(Running { role, input: Box::new(input), output: Box::new(output) })
    }

    /// Has a simulator play it.
    ///
    /// # Errors
    ///
    /// Where none runs.
    pub fn simulated(socket: &Path, part: Part) -> io::Result<Running> {
        let stream = simulation::connect(socket, part)?;
        let (input, output) = (stream.try_clone()?, stream.try_clone()?);
        let role = Self::Simulator(stream);
        Ok(Running { role, input: Box::new(input), output: Box::new(output) })
    }
}

impl Role {
    /// Whether a process runs still; of a simulator only its connection tells.
    pub fn is_alive(&mut self) -> bool {
        match self {
            Self::Process(process) => matches!(process.try_wait(), Ok(None)),
            Self::Simulator(_) => true,
        }
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is reaped.
        match self {
            Self::Process(process) => {
                let _ = process.kill();
                let _ = process.wait();
            }
            Self::Simulator(stream) => stream.shut_down(),
        }
    }
}
