//! Public-key operations as obligations.
//!
//! The crates that parse and judge signed data do no public-key arithmetic: they return an
//! [`Obligation`] for each signature that has to hold, and go on when they are told whether it
//! does. A browser discharges obligations with WebCrypto; native programs enable the feature
//! `native` and call [`Obligation::discharge`].
#![forbid(unsafe_code)]

mod algorithm;
#[cfg(feature = "native")]
mod native;
mod obligation;
#[cfg(feature = "native")]
mod prehashed;

pub use algorithm::{Hash, KeyKind, SignatureAlgorithm};
pub use obligation::Obligation;
#[cfg(feature = "native")]
pub use prehashed::holds_over_digest;

#[cfg(test)]
#[cfg(feature = "native")]
mod tests;
