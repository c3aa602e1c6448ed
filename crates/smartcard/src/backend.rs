use crate::{CardError, KeyId, Passcode, SignMechanism, Token, TokenId};

/// A way to cards: reads what is on them and signs with their keys.
pub trait CardBackend: Send {
    /// The tokens that are there now, with their certificates. Needs no passcode.
    ///
    /// # Errors
    ///
    /// Where the way itself is blocked, or where not one of the tokens can be read; one that
    /// cannot be read beside others is left out.
    fn tokens(&mut self) -> Result<Vec<Token>, CardError>;

    /// Signs digests with one key: one login, then each digest, with the passcode given again for
    /// each where the key demands it; then the card is logged out. One result a digest, in order.
    ///
    /// The passcode is empty for a token with a PIN pad. A blocked card is not tried, and a
    /// passcode that the card could not have does not reach it.
    ///
    /// # Errors
    ///
    /// What kept all of them from being signed. Where some were signed, those stay in place; the
    /// first failure ends the work, and the rest carry the same error without having been tried.
    fn sign_many(
        &mut self,
        token: &TokenId,
        key: &KeyId,
        mechanism: SignMechanism,
        digests: &[Vec<u8>],
        passcode: &Passcode,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError>;

    /// Signs one digest; RSA gives as many bytes as the modulus has, ECDSA gives `r || s`.
    ///
    /// # Errors
    ///
    /// As [`sign_many`](Self::sign_many).
    fn sign(
        &mut self,
        token: &TokenId,
        key: &KeyId,
        mechanism: SignMechanism,
        digest: &[u8],
        passcode: &Passcode,
    ) -> Result<Vec<u8>, CardError> {
        let results = self.sign_many(token, key, mechanism, &[digest.to_vec()], passcode)?;
        let none = || CardError::Unsupported("no signature came back".to_owned());
        results.into_iter().next().unwrap_or_else(|| Err(none()))
    }
}
