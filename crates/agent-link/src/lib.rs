//! The local socket between programs of one user and the agent.
//!
//! The agent listens in its [`Instance`] directory; relays, the command line and the Ticket API
//! connect. The socket admits only the same user and logon session, and reports the peer's
//! executable so that the agent can decide what it is.
#![deny(unsafe_code)]

mod client;
mod connection;
mod instance;
mod listener;
mod peer;
mod start;
mod transfer;

pub use client::{CallError, Client};
pub use connection::{Connection, Hello, LinkError};
pub use instance::{Instance, InstanceError};
pub use listener::{Listener, Refused};
pub use peer::Peer;
pub use start::{READY, connect_or_start, find_host};

#[cfg(test)]
mod tests;
