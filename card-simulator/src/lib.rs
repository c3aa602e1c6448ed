//! An emulated PIV card (NIST SP 800-73-4) in a virtual PC/SC reader, for development and tests.
//!
//! Never for real use: its private keys lie unprotected in two files, and its administration key
//! is the published default.
//!
//! - [`applet`] runs the PIV applet in this thread over a card folder ([`store`]) with
//!   [`backends`] that do its cryptography in software; [`card`] is what a reader talks to.
//! - [`provision`] makes a fresh card over APDUs ([`administrator`], [`tlv`], [`public_key`]).
//! - [`serve`] runs cards in the readers ([`slot`], [`reader`], [`fault`]) of a private pcscd ([`pcscd`],
//!   [`network`], [`usb`] where they can be unplugged), obeys [`control`] and reports in the [`journal`] what pcscd sees ([`watch`]).

pub mod administrator;
pub mod applet;
pub mod backends;
pub mod card;
pub mod control;
pub mod fault;
pub mod folder;
pub mod journal;
pub mod network;
pub mod pcscd;
pub mod provision;
pub mod public_key;
pub mod reader;
pub mod serve;
pub mod slot;
pub mod store;
pub mod tlv;
pub mod usb;
pub mod watch;
