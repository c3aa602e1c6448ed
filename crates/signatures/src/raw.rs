//! A bare signature over a document, RSA or ECDSA, for peers that know no format.
//!
//! Such a signature says nothing about what it was made for, so the octets have to be a document
//! and nothing that any format signs: see [`check`].

#[cfg(feature = "verify")]
mod verify;

use crate::SigningInput;

#[cfg(feature = "verify")]
pub use crate::judgement::Pending;
#[cfg(feature = "verify")]
pub use verify::{RawSignature, verify};

/// Why a document can't be signed bare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RawError {
    /// There is nothing to sign.
    #[error("the document is empty")]
    Empty,
    /// The octets can be taken for another format's signing input.
    #[error("the document can be taken for {}", .0.as_str())]
    Foreign(SigningInput),
}

/// Whether these octets may be signed bare: they are what the card signs, with no framing.
///
/// ```
/// use wardkey_signatures::{SigningInput, raw::{self, RawError}};
///
/// assert_eq!(raw::check(b"Rest, and drink plenty."), Ok(()));
/// assert_eq!(raw::check(&[0xe7; 64]), Err(RawError::Foreign(SigningInput::WebEid)));
/// ```
///
/// # Errors
/// [`RawError`] when they are empty or some format could take them for its own.
pub fn check(document: &[u8]) -> Result<(), RawError> {
    if document.is_empty() {
        return Err(RawError::Empty);
    }
    match SigningInput::readings(document).first() {
        Some(reading) => Err(RawError::Foreign(*reading)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
