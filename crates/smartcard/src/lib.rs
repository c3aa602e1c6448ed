//! Readers, cards and the keys on them.
//!
//! A [`CardBackend`] reads tokens and signs with their keys: [`Pkcs11Backend`] through a PKCS#11
//! module, [`scripted::ScriptedCard`] for tests. [`ReaderWatch`] tells of cards that come and go,
//! from the PC/SC service's own blocking call. No card is told by its ATR: what can be read is
//! read.

mod backend;
mod error;
mod modules;
mod passcode;
mod pcsc;
mod piv;
mod pkcs11;
pub mod scripted;
mod token;

pub use backend::CardBackend;
pub use error::CardError;
pub use modules::{default_module, well_known_modules};
pub use passcode::Passcode;
pub use pcsc::{ReaderEvent, ReaderState, ReaderWatch};
pub use piv::tries_left;
pub use pkcs11::Pkcs11Backend;
pub use token::{
    CardCertificate, KeyId, KeyUses, PasscodeState, SignMechanism, Token, TokenId,
};
