use crate::{CardError, KeyId, LastTry, Passcode, PasscodeRules, SignMechanism, Token, TokenId};

/// What one key shall sign.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// The token.
    pub token: &'a TokenId,
    /// The key on it.
    pub key: &'a KeyId,
    /// How.
    pub mechanism: SignMechanism,
    /// The digests.
    pub digests: &'a [Vec<u8>],
    /// The passcode.
    pub passcode: &'a Passcode,
    /// Whether a key that demands the passcode for each signature may have it without the user.
    pub hold_passcode: bool,
}

/// Told each signature as it is made; whether to make the next.
pub type GoOn<'a> = dyn FnMut(&[u8]) -> bool + 'a;

/// A way to cards: reads what is on them and signs with their keys.
pub trait CardBackend: Send {
    /// The tokens that are there now, with their certificates. Needs no passcode.
    ///
    /// # Errors
    ///
    /// Where the way itself is blocked, or where not one of the tokens can be read; one that
    /// cannot be read beside others is left out.
    fn tokens(&mut self) -> Result<Vec<Token>, CardError>;

    /// Whether a token is there still; as little as can be is asked for that, as it is again and again.
    ///
    /// # Errors
    ///
    /// Where it can't be known.
    fn is_there(&mut self, token: &TokenId) -> Result<bool, CardError> {
        Ok(self.tokens()?.iter().any(|other| other.id == *token))
    }

    /// Signs digests with one key: one login, then each digest, until `go_on`, which is told each
    /// signature, says no; then the card is logged out. One result a digest, in order.
    ///
    /// A key that demands the passcode for each signature gets it again while it may be held;
    /// otherwise what comes after the first signature is [`CardError::PasscodeAgain`].
    ///
    /// The passcode is empty for a token with a PIN pad. A blocked card is not tried, and a
    /// passcode that the card could not have does not reach it.
    ///
    /// # Errors
    ///
    /// What kept all of them from being signed. Where some were signed, those stay in place; the
    /// first failure ends the work, and the rest carry the same error without having been tried.
    fn sign_batch(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError>;

    /// What a new passcode of a token has to be, and what sets it. Needs no passcode.
    ///
    /// # Errors
    ///
    /// [`CardError::CardRemoved`] where the token is not there; [`CardError::Unsupported`] where its
    /// passcode is not changed this way.
    fn passcode_rules(&mut self, token: &TokenId) -> Result<PasscodeRules, CardError> {
        let _ = token;
        Err(CardError::Unsupported("another passcode".to_owned()))
    }

    /// Gives a token another passcode. What breaks its rules does not reach it, and a blocked card
    /// is not tried; afterwards the card is logged out. Both are empty where they are typed at the
    /// reader.
    ///
    /// # Errors
    ///
    /// As for a signature, and what the card says to the new passcode.
    fn change_passcode(
        &mut self,
        token: &TokenId,
        old: &Passcode,
        new: &Passcode,
    ) -> Result<(), CardError> {
        let _ = (token, old, new);
        Err(CardError::Unsupported("another passcode".to_owned()))
    }

    /// Gives a token another passcode by its unblocking key (the PUK of PIV, the SO PIN of
    /// PKCS#11), and with it all its tries. Most cards do not say how many tries that key has left,
    /// and one whose key is blocked too is lost.
    ///
    /// # Errors
    ///
    /// [`CardError::UnblockingKeyLastTry`] where it could be the last try and that is not accepted;
    /// `UnblockingKeyWrong`, `UnblockingKeyBlocked`, and what the card says to the new passcode;
    /// `Unsupported` where its [`PasscodeRules`] name no such key.
    fn unblock_passcode(
        &mut self,
        token: &TokenId,
        key: &Passcode,
        new: &Passcode,
        last_try: LastTry,
    ) -> Result<(), CardError> {
        let _ = (token, key, new, last_try);
        Err(CardError::Unsupported("unblocking".to_owned()))
    }

    /// Signs to the end, the passcode held.
    ///
    /// # Errors
    ///
    /// As [`sign_batch`](Self::sign_batch).
    fn sign_many(
        &mut self,
        token: &TokenId,
        key: &KeyId,
        mechanism: SignMechanism,
        digests: &[Vec<u8>],
        passcode: &Passcode,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let batch = Batch { token, key, mechanism, digests, passcode, hold_passcode: true };
        self.sign_batch(&batch, &mut |_| true)
    }

    /// Signs one digest; RSA gives as many bytes as the modulus has, ECDSA gives `r || s`.
    ///
    /// # Errors
    ///
    /// As [`sign_batch`](Self::sign_batch).
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

/// Signs inputs one after the other until one fails or `go_on` says no. After the first failure
/// the rest are not tried: a wrong passcode would cost another try, and a card that is gone is
/// gone.
///
/// # Errors
///
/// As [`CardBackend::sign_batch`].
pub(crate) fn one_by_one<I>(
    inputs: &[I],
    go_on: &mut GoOn<'_>,
    mut sign: impl FnMut(&I) -> Result<Vec<u8>, CardError>,
) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
    let mut results = Vec::with_capacity(inputs.len());
    let mut end = None;
    for input in inputs {
        let result = match &end {
            Some(error) => Err(CardError::clone(error)),
            None => sign(input),
        };
        match &result {
            Err(error) => end = Some(error.clone()),
            Ok(signature) if !go_on(signature) => end = Some(CardError::Stopped),
            Ok(_) => {}
        }
        results.push(result);
    }
    match results.first() {
        Some(Err(error)) => Err(error.clone()),
        _ => Ok(results),
    }
}
