use std::{fs::File, os::windows::fs::OpenOptionsExt as _, path::Path};

/// Whether the file can be run.
pub fn is_executable(file: &Path) -> bool {
    file.is_file() && file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("exe"))
}

/// Whether this user can put something else there. Administrators who run with their rights can.
pub fn may_write(place: &Path) -> bool {
    let change = if place.is_dir() { FILE_DELETE_CHILD } else { FILE_WRITE_DATA };
    let may = |access: u32| {
        let mut options = File::options();
        // Opened for the right alone: nothing is written.
        options.access_mode(access).custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
        match options.open(place) {
            Ok(_) => true,
            // A program that runs: the right is looked at before that.
            Err(error) => error.raw_os_error() == Some(ERROR_SHARING_VIOLATION),
        }
    };
    may(change) || may(DELETE)
}

/// Access rights, a flag and an error of the Windows API.
const FILE_WRITE_DATA: u32 = 0x2;
const FILE_DELETE_CHILD: u32 = 0x40;
const DELETE: u32 = 0x1_0000;
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
const ERROR_SHARING_VIOLATION: i32 = 32;
