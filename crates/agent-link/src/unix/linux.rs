//! Processes as Linux tells of them: `/proc`, and descriptors that hold one (`pidfd`).

mod peer;
mod process;

pub use process::Process;
