//! The Identity Agent: relay, agent, dialog and card module process, in one program; and what
//! scripts call.
#![forbid(unsafe_code)]

pub mod agent;
pub mod clock;
pub mod dialog;
pub mod doctor;
pub mod install;
pub mod interrupt;
mod local;
pub mod module;
pub mod passcode;
pub mod policy;
mod private;
mod program;
pub mod relay;
pub mod server;
pub mod sign;
pub mod simulation;
pub mod ticket;
pub mod user;
pub mod verify;
