//! The folders that Windows' environment names, and its registry.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;

/// What is Windows' own.
#[derive(Clone, Debug)]
pub struct Windows {
    /// What programs keep for this user on this computer.
    pub local: Option<PathBuf>,
    /// What they keep for this user on every computer.
    pub roaming: Option<PathBuf>,
    /// Where programs are installed: for every user, of 32 bits, for this user.
    pub programs: Vec<PathBuf>,
    /// The registry.
    pub registry: Registry,
}

impl Windows {
    /// This computer's, by its environment.
    pub fn this(folder: impl Fn(&str) -> Option<PathBuf>) -> Self {
        let local = folder("LOCALAPPDATA");
        let programs = [folder("ProgramFiles"), folder("ProgramFiles(x86)"), local.clone()];
        Self {
            local,
            roaming: folder("APPDATA"),
            programs: programs.into_iter().flatten().collect(),
            registry: Registry::this(),
        }
    }

    /// A computer's whose files lie below a folder, with nothing in the registry.
    #[cfg(test)]
    pub fn below(root: &Path) -> Self {
        let folder = |name: &str| Some(root.join(name));
        Self { registry: Registry(Arc::new(|_, _| None)), ..Self::this(folder) }
    }
}

/// Whose part of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hive {
    /// The computer's.
    Machine,
    /// This user's.
    User,
}

impl Hive {
    /// The computer's comes first, as browsers have it.
    pub const ALL: [Self; 2] = [Self::Machine, Self::User];
}

/// Reads keys of a registry: an object each, of its values by name, of which one is the key's own and
/// has no name, and of the keys below it.
#[derive(Clone)]
pub struct Registry(Arc<Read>);

type Read = dyn Fn(Hive, &str) -> Option<Value> + Send + Sync;

impl Registry {
    /// This computer's; on another system there is none.
    fn this() -> Self {
        #[cfg(windows)]
        return Self(Arc::new(super::registry::read));
        #[cfg(not(windows))]
        Self(Arc::new(|_, _| None))
    }

    /// One that holds this alone.
    #[cfg(test)]
    pub fn of<const N: usize>(keys: [(Hive, String, Value); N]) -> Self {
        Self(Arc::new(move |hive, path| {
            let mut keys = keys.iter();
            let found = keys.find(|it| it.0 == hive && it.1.eq_ignore_ascii_case(path));
            found.map(|(_, _, key)| key.clone())
        }))
    }

    /// A key with all that is in it.
    pub fn key(&self, hive: Hive, path: &str) -> Option<Value> {
        (self.0)(hive, path)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registry")
    }
}

/// Folders below a folder, with Windows' separators on Windows.
pub fn below(folder: &Path, path: &str) -> PathBuf {
    folder.iter().map(AsRef::as_ref).chain(path.split('/').map(Path::new)).collect()
}
