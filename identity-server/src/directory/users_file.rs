use std::{io::Write as _, path::PathBuf};

use super::{Directory, DirectoryError, Edit};

/// The `users.toml` that a directory is kept in.
#[derive(Clone, Debug)]
pub struct UsersFile {
    path: PathBuf,
}

/// Why a `users.toml` can't be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UsersFileError {
    /// What would be in it is no directory, or what is in it is none.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// It can't be written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The directory has no TOML form.
    #[error("the directory can't be written: {0}")]
    Toml(#[from] toml::ser::Error),
}

impl UsersFile {
    /// The file at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// What is in it.
    ///
    /// # Errors
    /// [`DirectoryError`] when it can't be read or holds no directory.
    pub fn read(&self) -> Result<Directory, DirectoryError> {
        Directory::read(&self.path)
    }

    /// Makes these edits. Who reads the file meanwhile finds the old content or the new one; of
    /// two who change it at once, one loses what it did.
    ///
    /// # Errors
    /// [`UsersFileError`] when something can't be read or written, or the edits make no directory;
    /// then nothing is changed.
    pub fn apply(&self, edits: &[Edit]) -> Result<(), UsersFileError> {
        let mut directory = self.read()?;
        for edit in edits {
            directory.apply(edit.clone());
        }
        let Directory { users, organisations } = directory;
        let directory = Directory::new(users.into_values().collect())?
            .with_organisations(organisations.into_values().collect())?;
        self.write(&directory.to_toml()?)
            .map_err(|error| UsersFileError::Io { path: self.path.clone(), error })
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut file = std::fs::File::create(&beside)?;
        file.set_permissions(self.path.metadata()?.permissions())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)
    }
}
