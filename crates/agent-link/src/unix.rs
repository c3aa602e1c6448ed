//! A socket in a folder that is the user's alone, and processes as the kernel tells of them.

mod folder;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod program;
mod socket;
mod stream;

pub use folder::{address, folders, lock, own_folder};
#[cfg(target_os = "linux")]
pub use linux::Process;
#[cfg(target_os = "macos")]
pub use macos::Process;
pub use program::{HOST, apart, usual_folders};
pub use socket::Socket;
pub use stream::Stream;

/// A user, by number.
pub type UserId = u32;
