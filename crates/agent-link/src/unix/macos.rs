//! Processes as macOS tells of them: by audit tokens, which name one process for good.

mod calls;
mod peer;

pub use peer::Process;
