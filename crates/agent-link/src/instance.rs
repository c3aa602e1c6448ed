use std::{ffi::OsString, io, path::PathBuf};

use crate::system;

/// The folders of one agent: where its socket and lock live, and where it keeps policy, state and
/// audit. Several agents stand side by side when each has an instance of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    runtime: PathBuf,
    data: PathBuf,
    other: bool,
}

/// Why an instance's folders cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstanceError {
    /// Another user owns the folder, or others may write to it.
    #[error("{0} belongs to another user or is open to others")]
    Exposed(PathBuf),
    /// The folder could not be made or read.
    #[error("{path}: {source}")]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Instance {
    /// The environment variable that names another instance directory, for tests and the demo.
    pub const VARIABLE: &'static str = "WARDKEY_INSTANCE";

    /// The instance that the environment asks for: `WARDKEY_INSTANCE`, or the user's own
    /// (`$XDG_RUNTIME_DIR/wardkey` with `$XDG_DATA_HOME/wardkey`; without a runtime folder
    /// `/tmp/wardkey-<uid>`, which must belong to this user and be closed to others; on Windows
    /// `%LOCALAPPDATA%\Wardkey`).
    #[must_use]
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(folder) = folder(Self::VARIABLE) {
            return Self::at(PathBuf::from(folder));
        }
        let (runtime, data) = system::folders(folder);
        Self { runtime, data, other: false }
    }

    /// An instance with everything in one folder.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self { runtime: folder.clone(), data: folder, other: true }
    }

    /// Whether it is another one than the user's own.
    #[must_use]
    pub fn is_other(&self) -> bool {
        self.other
    }

    /// Makes the folders, closed to other users.
    ///
    /// # Errors
    ///
    /// [`InstanceError`] where a folder cannot be made or is not this user's alone.
    pub fn prepare(&self) -> Result<(), InstanceError> {
        [&self.runtime, &self.data].into_iter().try_for_each(|folder| system::own_folder(folder))
    }

    /// The agent's socket; on Windows the name of its pipe.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        system::address(&self.runtime, self.other)
    }

    /// Held by the agent as long as it lives.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.runtime.join("agent.lock")
    }

    /// The policy of this instance.
    #[must_use]
    pub fn policy(&self) -> PathBuf {
        self.data.join("policy.toml")
    }

    /// The audit record.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.data.join("audit.jsonl")
    }

    /// What users let sites do.
    #[must_use]
    pub fn consents(&self) -> PathBuf {
        self.data.join("consents.json")
    }

    /// What identity servers have yet to be told.
    #[must_use]
    pub fn outbox(&self) -> PathBuf {
        self.data.join("undelivered")
    }

    /// The agent's log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.data.join("agent.log")
    }

    /// Revocation lists, kept between runs.
    #[must_use]
    pub fn revocation_cache(&self) -> PathBuf {
        self.data.join("revocation")
    }
}
