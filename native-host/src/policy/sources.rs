//! Where the policy in force is read. The first place that has one has all of it: what an
//! administrator set is never mixed with what a user wrote.

use std::{
    fs::{self, File},
    io::{self, Read as _},
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
    if let Some(system) = system(&system_folder(), &is_theirs)? {
        return Ok(system);
    }
    Ok(file(&instance.policy())?.unwrap_or_default())
}

/// Whether an administrator lets no agent run beside the user's own. A policy that can't be read
/// admits nobody, wherever the agent runs.
pub fn forbid_other_instances() -> bool {
    let managed = managed::read().ok().flatten();
    let of_administrator = managed.or_else(|| system(&system_folder(), &is_theirs).ok().flatten());
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

/// Whether a file that is open, or a folder, is an administrator's.
type IsTheirs<'a> = &'a dyn Fn(&Path, Option<&File>) -> io::Result<bool>;

/// The computer's: `policy.toml`, and what the files of `policy.d` add to it.
fn system(folder: &Path, is_theirs: IsTheirs<'_>) -> Result<Option<Document>, PolicyError> {
    let mut files = vec![folder.join("policy.toml")];
    files.extend(more(&folder.join("policy.d"))?);
    let mut all: Option<Document> = None;
    for path in files {
        match (&mut all, of_administrators(&path, folder, is_theirs)?) {
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

/// A file of administrators, in folders that are theirs too.
fn of_administrators(
    path: &Path,
    folder: &Path,
    is_theirs: IsTheirs<'_>,
) -> Result<Option<Document>, PolicyError> {
    let check = |path: &Path, file| match is_theirs(path, file) {
        Ok(true) => Ok(()),
        Ok(false) => Err(PolicyError::NotAdministrators(path.to_owned())),
        Err(source) => Err(PolicyError::Io { path: path.to_owned(), source }),
    };
    let failed = |source| PolicyError::Io { path: path.to_owned(), source };
    let mut file = match open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    // The very file that is read, whatever has its name by now.
    check(path, Some(&file))?;
    let mut above = path.ancestors().skip(1).take_while(|above| above.starts_with(folder));
    above.try_for_each(|above| check(above, None))?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    toml_file::read(&text, path).map(Some)
}

#[cfg(windows)]
use wardkey_agent_link::open_itself as open;

#[cfg(not(windows))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Below Windows' folder for programs' data anyone may make what is not there yet.
#[cfg(windows)]
fn is_theirs(path: &Path, file: Option<&File>) -> io::Result<bool> {
    match file {
        Some(file) => wardkey_agent_link::administrators_own(file),
        None => wardkey_agent_link::administrators_own(&open(path)?),
    }
}

/// Elsewhere nobody else may write into the folder.
#[cfg(not(windows))]
fn is_theirs(_path: &Path, _file: Option<&File>) -> io::Result<bool> {
    Ok(true)
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
