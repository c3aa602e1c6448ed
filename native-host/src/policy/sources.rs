//! Where the policy in force is read. The first place that has one has all of it: what an
//! administrator set is never mixed with what a user wrote.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;
use wardkey_agent_link::Instance;

use super::{PolicyError, document::Document, managed, toml_file};

/// The policy in force as it stands; an empty one where there is none.
///
/// # Errors
///
/// [`PolicyError`].
pub fn in_force(instance: &Instance) -> Result<Document, PolicyError> {
    if let Some(managed) = managed::read()? {
        return Ok(managed);
    }
    if let Some(system) = system(&system_folder())? {
        return Ok(system);
    }
    Ok(file(&instance.policy())?.unwrap_or_default())
}

/// Whether an administrator lets no agent run beside the user's own. A policy that can't be read
/// admits nobody, wherever the agent runs.
pub fn forbid_other_instances() -> bool {
    let managed = managed::read().ok().flatten();
    let of_administrator = managed.or_else(|| system(&system_folder()).ok().flatten());
    of_administrator.is_some_and(|policy| forbids_other_instances(&policy))
}

fn forbids_other_instances(policy: &Document) -> bool {
    policy.values.get("other_instances") == Some(&Value::Bool(false))
}

/// The first file of it.
pub fn first_file(instance: &Instance) -> Option<PathBuf> {
    let folder = system_folder();
    let mut files = vec![folder.join("policy.toml")];
    files.extend(more(&folder.join("policy.d")).unwrap_or_default());
    files.push(instance.policy());
    files.into_iter().find(|file| file.exists())
}

/// The computer's: `policy.toml`, and what the files of `policy.d` add to it.
fn system(folder: &Path) -> Result<Option<Document>, PolicyError> {
    let mut files = vec![folder.join("policy.toml")];
    files.extend(more(&folder.join("policy.d"))?);
    let mut all: Option<Document> = None;
    for path in files {
        match (&mut all, file(&path)?) {
            (_, None) => {}
            (Some(all), Some(more)) => all.join(more)?,
            (None, first) => all = first,
        }
    }
    Ok(all)
}

/// The files that add to it, by name.
fn more(folder: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    let failed = |source| PolicyError::Io { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(failed)?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    Ok(paths)
}

fn file(path: &Path) -> Result<Option<Document>, PolicyError> {
    match fs::read_to_string(path) {
        Ok(text) => toml_file::read(&text, path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(PolicyError::Io { path: path.to_owned(), source }),
    }
}

/// Where administrators keep it.
fn system_folder() -> PathBuf {
    PathBuf::from(if cfg!(target_os = "macos") {
        "/Library/Application Support/Wardkey"
    } else if cfg!(windows) {
        r"C:\ProgramData\Wardkey"
    } else {
        "/etc/wardkey"
    })
}

#[cfg(test)]
mod tests;
