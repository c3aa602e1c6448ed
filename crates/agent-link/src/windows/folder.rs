use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    os::windows::{fs::OpenOptionsExt as _, io::AsHandle as _},
    path::{Path, PathBuf},
};

use windows_sys::Win32::{
    Foundation::ERROR_SHARING_VIOLATION,
    Storage::FileSystem::{
        FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_SHARE_READ,
    },
};

use super::calls::{self, Descriptor};
use crate::{InstanceError, Peer};

/// The user's own folder, which serves for everything: `%LOCALAPPDATA%\Wardkey`.
pub fn folders(variable: impl Fn(&str) -> Option<OsString>) -> (PathBuf, PathBuf) {
    let local = variable("LOCALAPPDATA").map(PathBuf::from);
    let profile = || variable("USERPROFILE").map(|it| PathBuf::from(it).join(r"AppData\Local"));
    // Without either the folder is a relative one, which cannot be made where it matters.
    let folder = local.or_else(profile).unwrap_or_default().join("Wardkey");
    (folder.clone(), folder)
}

/// The name of the pipe: one for each user and logon session, and for each other instance. Names
/// are the whole computer's, so whoever connects looks at who made the pipe.
pub fn address(runtime: &Path, is_other: bool) -> PathBuf {
    let Peer { uid, logon_session, .. } = Peer::this();
    let session = logon_session.unwrap_or_default();
    let of_instance = if is_other { format!("-{:016x}", number(runtime)) } else { String::new() };
    PathBuf::from(format!(r"\\.\pipe\wardkey-{uid}-{session}{of_instance}"))
}

/// The same number in every build for the same folder (FNV-1a). Two folders of one user with one
/// number would have one agent, and nobody else's.
fn number(folder: &Path) -> u64 {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = folder.to_string_lossy().to_lowercase();
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |number, octet| {
        (number ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Makes a folder that is closed to other users, or finds it made by this user or administrators.
pub fn own_folder(folder: &Path) -> Result<(), InstanceError> {
    let failed = |source| InstanceError::Io { path: folder.to_owned(), source };
    let user = Peer::this().uid;
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let private =
        Descriptor::new(&format!("D:P(A;OICI;FA;;;{user})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"));
    match calls::create_folder(folder, &private.map_err(failed)?) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    let is_folder = fs::symlink_metadata(folder).map_err(failed)?.is_dir();
    let owner = calls::owner(folder).map_err(failed)?;
    if !is_folder || !(owner == user || is_administrators(&owner)) {
        return Err(InstanceError::Exposed(folder.to_owned()));
    }
    Ok(())
}

/// Opens a file or folder to be read; of a link, the link itself.
///
/// # Errors
///
/// What the system says.
pub fn open_itself(path: &Path) -> io::Result<File> {
    let flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
    File::options().read(true).custom_flags(flags).open(path)
}

/// Whether administrators or the system own a file or folder, and it is no link. Whoever makes a
/// file owns it. Who else may write to it, or add to the folder, is not looked at.
///
/// # Errors
///
/// What the system says.
pub fn administrators_own(file: &File) -> io::Result<bool> {
    let owner = calls::owner_of(file.as_handle())?;
    Ok(is_administrators(&owner) && !file.metadata()?.is_symlink())
}

fn is_administrators(owner: &str) -> bool {
    [ADMINISTRATORS, SYSTEM, TRUSTED_INSTALLER].contains(&owner)
}

/// A file that nobody else may open to write as long as it is held; the system gives it free however
/// its holder ends. `Ok(None)` where another process holds it.
pub fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true).share_mode(FILE_SHARE_READ);
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if calls::is(&error, ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

const ADMINISTRATORS: &str = "S-1-5-32-544";
const SYSTEM: &str = "S-1-5-18";
/// The service that installs what belongs to Windows.
const TRUSTED_INSTALLER: &str = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

#[cfg(test)]
mod tests;
