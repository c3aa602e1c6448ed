//! The local socket between programs of one user and the agent.
//!
//! The agent listens in its [`Instance`] directory; relays, the command line and the Ticket API
//! connect. On Windows the socket is a named pipe. It admits only the same user and logon session,
//! and reports the peer's executable so that the agent can decide what it is.
#![deny(unsafe_code)]

mod client;
mod connection;
mod instance;
mod listener;
mod peer;
pub mod pulse;
mod start;
mod transfer;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use client::{CallError, Client};
pub use connection::{Connection, Hello, LinkError};
pub use instance::{Instance, InstanceError};
pub use listener::{Listener, Refused};
pub use peer::Peer;
pub use pulse::Pulse;
pub use start::{connect_or_start, find_host};
pub use system::{Socket, Stream, UserId};
#[cfg(windows)]
pub use system::{administrators_own, open_itself};

#[cfg(test)]
mod tests;
