use std::{fmt, io, path::PathBuf};

use wardkey_protocol::{ErrorCode, Fault};

use super::key_path::KeyPath;

/// Why a policy admits nobody.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It could not be read.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else than administrators put it where theirs is.
    #[error("{0} is not an administrator's, and may be anybody's doing")]
    NotAdministrators(PathBuf),
    /// It is not what the schema says, or contradicts itself: every reason, one a line.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
}

/// One thing that is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, such as `/etc/wardkey/policy.toml:3`; empty where that is not known.
    pub place: String,
    /// The key.
    pub key: KeyPath,
    /// What is wrong.
    pub reason: String,
}

impl Problem {
    /// A problem whose place is found later.
    pub fn at(key: KeyPath, reason: impl Into<String>) -> Self {
        Self { place: String::new(), key, reason: reason.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        if !self.key.is_top() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.reason)
    }
}

impl From<&PolicyError> for Fault {
    /// Without the reason, which is for administrators: no page is admitted that could have it.
    fn from(_: &PolicyError) -> Self {
        ErrorCode::PolicyInvalid.into()
    }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
