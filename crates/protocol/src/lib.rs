//! The one vocabulary of page, extension, agent and Identity Server.
//!
//! Every message that crosses a process boundary of Wardkey is a type of this crate: the envelope
//! of [`envelope`], the verbs of [`command`], the [`event`]s, the [`error`] codes with their
//! remedies, the [`chunks`] of large documents, the frames of [`frame`], the multiplexing of [`hop`] and what the extension's [`own`] pages ask. What agent and server
//! say to each other beside the Spine is in [`session_api`] and [`authorize_api`]. TypeScript types and JSON
//! Schemas are generated from them into `bindings/` (feature `bindings`).
#![forbid(unsafe_code)]

#[macro_use]
mod wire;

pub mod access;
pub mod authorize_api;
pub mod chunks;
pub mod command;
pub mod envelope;
pub mod error;
pub mod event;
pub mod frame;
pub mod hop;
pub mod limits;
pub mod own;
pub mod session_api;
pub mod version;
pub mod view;

mod base64;
#[cfg(feature = "bindings")]
pub mod bindings;
mod nonce;
mod origin;

pub use self::base64::Base64;
pub use access::{Access, Capability};
pub use command::{Command, CommandName};
pub use error::{ErrorCode, Fault, Party};
pub use nonce::Nonce;
pub use origin::{Origin, OriginError};
