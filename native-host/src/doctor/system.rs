//! Where things are on this computer, so that a test can have a computer of its own.

#[cfg(windows)]
mod registry;
#[cfg(any(windows, test))]
pub mod windows;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// A computer's files, as one user sees them.
#[derive(Clone, Debug)]
pub struct System {
    root: PathBuf,
    /// The user's home folder.
    #[cfg(unix)]
    pub home: Option<PathBuf>,
    /// What is Windows' own.
    #[cfg(any(windows, test))]
    pub windows: windows::Windows,
}

impl System {
    /// This computer.
    pub fn this(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name: &str| variable(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        Self {
            root: PathBuf::from("/"),
            #[cfg(unix)]
            home: folder("HOME"),
            #[cfg(any(windows, test))]
            windows: windows::Windows::this(folder),
        }
    }

    /// A computer whose files lie below a folder.
    #[cfg(test)]
    pub fn below(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            home: Some(root.join("home/user")),
            windows: windows::Windows::below(root),
        }
    }

    /// A file by its absolute path.
    pub fn file(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// A file in the user's home folder.
    #[cfg(unix)]
    pub fn own(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(path))
    }
}

/// The folders and files of a folder, by name; none where it can't be read.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).take(MAX_ENTRIES).collect();
    paths.sort();
    paths
}

/// A JSON file; `None` where it can't be read, is no JSON or is too large.
pub fn json(file: &Path) -> Option<Value> {
    let length = fs::metadata(file).ok()?.len();
    if length > MAX_JSON {
        return None;
    }
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

const MAX_ENTRIES: usize = 1000;
/// A browser's preferences can have several megabytes.
const MAX_JSON: u64 = 32 * 1024 * 1024;
