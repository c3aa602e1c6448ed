use crate::{CardError, KeyId, Passcode, SignMechanism, Token, TokenId};

/// A way to cards: reads what is on them and signs with their keys.
pub trait CardBackend {
    /// The tokens that are there now, with their certificates. Needs no passcode.
    ///
    /// # Errors
    ///
    /// Where the way itself is blocked; a token that cannot be read is left out.
    fn tokens(&mut self) -> Result<Vec<Token>, CardError>;

    /// Signs digests with one key: one login, then each digest, with the passcode given again for
    /// each where the key demands it; then the card is logged out.
    ///
    /// # Errors
    ///
    /// What keeps all of them from being signed. A card that goes halfway leaves the finished
    /// results in place and gives [`CardError::CardRemoved`] for the rest.
    fn sign_many(
        &mut self,
        token: &TokenId,
        key: &KeyId,
        mechanism: SignMechanism,
        digests: &[Vec<u8>],
        passcode: &Passcode,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError>;
}
