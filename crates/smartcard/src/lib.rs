//! Readers, cards and the keys on them.
//!
//! A [`CardBackend`] reads tokens and signs with their keys: [`PivBackend`] a PIV card itself,
//! [`Pkcs11Backend`] any card through a PKCS#11 module, [`csc::RemoteBackend`] a key that a service
//! keeps, [`scripted::ScriptedCard`] for tests. [`ReaderWatch`] tells of cards that come and go,
//! from the PC/SC service's own blocking call. No card is told by its ATR: what can be read is
//! read.
//!
//! ```no_run
//! use wardkey_smartcard::{
//!     CardBackend as _, CardError, Passcode, Pkcs11Backend, SignMechanism, default_module,
//! };
//!
//! fn sign(digest: &[u8], passcode: &Passcode) -> Result<Vec<u8>, CardError> {
//!     let module = default_module().ok_or(CardError::ModuleMissing("none".to_owned()))?;
//!     let mut cards = Pkcs11Backend::load(&module)?;
//!     let token = cards.tokens()?.into_iter().next().ok_or(CardError::CardMissing)?;
//!     let held = token.certificates.iter().find(|held| held.uses.content_commitment);
//!     let key = &held.ok_or(CardError::KeyMissing)?.key;
//!     cards.sign(&token.id, key, SignMechanism::RsaPkcs1Sha256, digest, passcode)
//! }
//! ```

mod backend;
mod certificate;
pub mod csc;
mod error;
mod kept;
mod mechanism;
mod modules;
mod passcode;
mod pcsc;
mod piv;
mod pkcs11;
pub mod scripted;
mod token;

pub use backend::{Batch, CardBackend, GoOn};
pub use certificate::{CardCertificate, KeyAlgorithm, KeyId, KeyUses};
pub use error::{CardError, Party};
pub use mechanism::SignMechanism;
pub use modules::{default_module, well_known_modules};
pub use passcode::Passcode;
pub use pcsc::{ReaderEvent, ReaderLook, ReaderState, ReaderWatch, look};
pub use piv::{PivBackend, Random, log_out, tries_left};
pub use pkcs11::Pkcs11Backend;
pub use token::{LastTry, PasscodeRules, PasscodeState, Token, TokenId, UnblockingKey};
