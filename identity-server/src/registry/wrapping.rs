use std::path::Path;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use zeroize::Zeroizing;

/// The key that the server's own keys, and tickets that it has to name again, are wrapped with in
/// the database: whoever reads the database, or its backup, has none of them.
pub struct WrappingKey {
    cipher: RandomizedNonceKey,
    derivation: hmac::Key,
}

/// Why a key can't be wrapped or unwrapped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrappingError {
    /// The file can't be read.
    #[error("{0}: {1}")]
    Io(std::path::PathBuf, std::io::Error),
    /// The file does not hold 32 octets.
    #[error("the wrapping key has not 32 octets")]
    Length,
    /// What is stored was wrapped with another key, or changed.
    #[error("a stored key was wrapped with another wrapping key")]
    Other,
}

impl WrappingKey {
    /// How many octets it has.
    pub const LENGTH: usize = 32;

    /// Reads it from a file of 32 octets, the same one on each node.
    ///
    /// # Errors
    /// [`WrappingError`] when it can't be read.
    pub fn read(path: &Path) -> Result<Self, WrappingError> {
        let octets = std::fs::read(path).map(Zeroizing::new);
        Self::new(&octets.map_err(|error| WrappingError::Io(path.to_owned(), error))?)
    }

    fn new(octets: &[u8]) -> Result<Self, WrappingError> {
        let cipher =
            RandomizedNonceKey::new(&AES_256_GCM, octets).map_err(|_| WrappingError::Length)?;
        Ok(Self { cipher, derivation: hmac::Key::new(hmac::HMAC_SHA256, octets) })
    }

    /// Another key of the server, for this purpose alone (HMAC-SHA256 as a pseudorandom function).
    pub(crate) fn derive(&self, purpose: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(hmac::sign(&self.derivation, purpose.as_bytes()).as_ref().to_vec())
    }

    /// AES-256-GCM with a random nonce in front.
    pub(crate) fn wrap(&self, octets: &[u8]) -> Result<Vec<u8>, WrappingError> {
        let mut sealed = octets.to_vec();
        let nonce = self
            .cipher
            .seal_in_place_append_tag(Aad::from(CONTEXT), &mut sealed)
            .map_err(|_| WrappingError::Other)?;
        Ok([&nonce.as_ref()[..], &sealed].concat())
    }

    pub(crate) fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, WrappingError> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN).ok_or(WrappingError::Other)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| WrappingError::Other)?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let opened = self
            .cipher
            .open_in_place(nonce, Aad::from(CONTEXT), &mut sealed)
            .map_err(|_| WrappingError::Other)?
            .len();
        sealed.truncate(opened);
        Ok(sealed)
    }
}

const CONTEXT: &[u8] = b"wardkey-identity-signing-key:1";

#[cfg(test)]
mod tests;
