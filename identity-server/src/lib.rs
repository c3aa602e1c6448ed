//! The Identity Server: logs people in by their smartcards, keeps their sessions, serves tickets
//! and role assertions.
//!
//! Layers, each in a module: [`store`] keeps, [`Identity`] decides, `http` translates. The clock
//! and the source of randomness are parameters; the program's own are [`Ambient`].
#![forbid(unsafe_code)]

mod ambient;
mod audit;
mod config;
pub mod demo;
mod directory;
mod random;
pub mod session;
pub mod store;
mod time;

pub use ambient::Ambient;
pub use audit::{AuditBroken, AuditEntry, AuditEvent};
pub use config::{Config, ConfigError, FILE, KeyFiles, RelyingParty, SessionTimes, Trust};
pub use directory::{Directory, DirectoryError, RoleProfile, User};
pub use random::{Random, RandomError};
pub use time::{Clock, Timestamp};
