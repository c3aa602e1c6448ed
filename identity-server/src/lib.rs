//! The Identity Server: logs people in by their smartcards, keeps their sessions, serves tickets
//! and role assertions.
//!
//! Layers, each in a module: [`store`] keeps, [`Identity`] decides, `http` translates, [`Server`]
//! runs. The clock and the source of randomness are parameters; the program's own are
//! [`Ambient`].
#![forbid(unsafe_code)]

// The card of the tests names this crate as they do.
#[cfg(test)]
extern crate self as wardkey_identity;

pub mod administration;
mod ambient;
pub mod audit;
pub mod cli;
mod config;
mod console;
mod courier;
pub mod delivery;
pub mod demo;
pub mod directory;
mod fetch;
mod http;
mod identity;
mod limits;
mod lists;
pub mod oidc;
#[cfg(test)]
#[path = "../tests/support/ports.rs"]
mod ports;
#[cfg(test)]
#[allow(dead_code, reason = "the stage of other tests has use for the rest")]
#[path = "../tests/support/postgres.rs"]
mod postgres_server;
mod proxy;
mod random;
pub mod registry;
mod server;
pub mod session;
pub mod store;
mod telemetry;
mod time;

pub use ambient::Ambient;
pub use audit::{AuditBroken, AuditCheckpoint, AuditEntry, AuditEvent};
pub use config::{
    Administration, Config, ConfigError, FILE, KeyFiles, LegacyDigest, LegacyLogin, RelyingParty,
    SessionTimes, Trust,
};
pub use directory::{Directory, DirectoryError, RoleProfile, User};
pub use identity::{
    AssertionKey, AssertionKeyError, Failed, Granted, Identity, InternalError, LoginTrust,
    PasskeyRefusal, Rules, TicketRefusal, TrustError,
};
pub use limits::LimitSettings;
pub use proxy::ProxySettings;
pub use random::{Random, RandomError};
pub use server::{GRACE, Listeners, Server, StartError};
pub use telemetry::{TraceSettings, TracesError};
pub use time::{Clock, Timestamp};
