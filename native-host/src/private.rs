//! Files and folders that are their user's alone.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{create_folder, options, sync_folder};
#[cfg(windows)]
pub use windows::{create_folder, options, sync_folder};
