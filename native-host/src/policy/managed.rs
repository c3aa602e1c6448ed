//! The policy that a management service put on this computer: Group Policy's part of the registry
//! on Windows, the managed preferences of a configuration profile on macOS.

use serde_json::{Map, Value};

use super::{PolicyError, document::Document};

/// What was put there; `None` where nothing was, or where there is no such place.
///
/// # Errors
///
/// [`PolicyError`].
pub fn read() -> Result<Option<Document>, PolicyError> {
    #[cfg(target_os = "macos")]
    return macos::read();
    #[cfg(windows)]
    return windows::read();
    #[cfg(not(any(target_os = "macos", windows)))]
    Ok(None)
}

/// The policy in managed preferences. What the system adds to them, `Payload…`, is not policy.
pub fn preferences(mut values: Map<String, Value>, place: &str) -> Document {
    values.retain(|name, _| !name.starts_with("Payload"));
    Document::in_one_place(values, place.to_owned())
}

/// The system's own program reads the file, whichever of its formats it has.
#[cfg(target_os = "macos")]
mod macos {
    use std::{io, path::Path, process::Command};

    use super::*;

    pub fn read() -> Result<Option<Document>, PolicyError> {
        let file = Path::new(FILE);
        if !file.exists() {
            return Ok(None);
        }
        let failed = |source| PolicyError::Io { path: file.to_owned(), source };
        let mut plutil = Command::new("/usr/bin/plutil");
        let output =
            plutil.args(["-convert", "json", "-o", "-"]).arg(file).output().map_err(failed)?;
        let values = serde_json::from_slice(&output.stdout)
            .map_err(|error| failed(io::Error::other(error)))?;
        Ok(Some(preferences(values, FILE)))
    }

    const FILE: &str = "/Library/Managed Preferences/org.wardkey.host.plist";
}

/// The system's own program writes the key out in the form that the registry editor uses.
#[cfg(windows)]
mod windows {
    use std::{fs, path::PathBuf, process::Command};

    use super::*;
    use crate::policy::registry;

    pub fn read() -> Result<Option<Document>, PolicyError> {
        let failed = |source| PolicyError::Io { path: PathBuf::from(registry::KEY), source };
        let windows = PathBuf::from(std::env::var_os("SystemRoot").unwrap_or_default());
        let reg = windows.join(r"System32\reg.exe");
        let asked = Command::new(&reg).args(["query", registry::KEY, "/ve"]).output();
        if !asked.map_err(failed)?.status.success() {
            return Ok(None);
        }
        let file = std::env::temp_dir().join(format!("wardkey-policy-{}.reg", std::process::id()));
        let written =
            Command::new(&reg).args(["export", registry::KEY]).arg(&file).arg("/y").output();
        let octets = written.and_then(|_| fs::read(&file));
        // It holds nothing that is not in the registry for all to read.
        let _ = fs::remove_file(&file);
        registry::read(&octets.map_err(failed)?, registry::KEY).map(Some)
    }
}

#[cfg(test)]
mod tests;
