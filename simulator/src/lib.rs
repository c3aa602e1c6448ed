//! Everything that a developer of web apps lacks for Wardkey: simulated cards, their certificates, an
//! Identity Server, and the policy that has an agent use them. No card, no reader, no smartcard
//! service and no network.
//!
//! The agent, the server and all that is between page and card are the real ones. The cards are those
//! of [`wardkey_smartcard::scripted`], at the end of a socket that the agent's policy names.
#![forbid(unsafe_code)]

mod act;
mod agent;
mod answers;
mod browser;
mod card;
mod cli;
mod control;
mod desk;
mod folder;
mod key;
mod people;
mod policy;
mod ports;
mod run;
mod server;
mod simulation;
mod socket;
mod terminal;

pub use cli::Cli;
