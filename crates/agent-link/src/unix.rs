//! A socket in a folder that is the user's alone, and processes as the kernel tells of them.

mod folder;
mod peer;
mod process;
mod program;
mod socket;
mod stream;

pub use folder::{address, folders, lock, own_folder};
pub use process::Process;
pub use program::{HOST, apart, usual_folders};
pub use socket::Socket;
pub use stream::Stream;

/// A user, by number.
pub type UserId = u32;
