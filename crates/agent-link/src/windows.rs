//! A named pipe that is the user's alone, and processes as the kernel tells of them.

mod calls;
mod folder;
mod overlapped;
mod peer;
mod program;
mod socket;
mod stream;

pub use folder::{address, administrators_own, folders, lock, open_itself, own_folder};
pub use peer::Process;
pub use program::{HOST, apart, usual_folders};
pub use socket::Socket;
pub use stream::Stream;

/// A user, by security identifier (`S-1-…`).
pub type UserId = String;
