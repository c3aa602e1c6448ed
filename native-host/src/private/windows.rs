//! Who may use a file is inherited from its folder here: the instance's is its user's alone, and a
//! user's own folders are so without us.

use std::{
    fs::{self, OpenOptions},
    io,
    path::Path,
};

/// What a new file is made with.
pub fn options() -> OpenOptions {
    OpenOptions::new()
}

/// Makes a folder, where it is not there.
///
/// # Errors
///
/// What the system says.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// The file system keeps a journal of names, which a user's program can't write through.
///
/// # Errors
///
/// None.
pub fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
