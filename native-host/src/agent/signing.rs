//! Signatures by a card's key: made, and verified before anyone sees them.

use std::sync::Arc;

use wardkey_crypto::{Obligation, holds_over_digest};
use wardkey_protocol::{ErrorCode, Fault};
use wardkey_smartcard::{CardError, Passcode};

use super::{Agent, certificate::Chosen, session::Session};
use crate::{interrupt::Interrupt, module::SignOrder};

impl Agent {
    /// One signature with a chosen key.
    ///
    /// # Errors
    ///
    /// The card's; `signature_invalid` where what it returned does not verify.
    pub(super) fn sign_one(
        self: &Arc<Self>,
        chosen: &Chosen,
        message: &[u8],
        passcode: &Passcode,
        interrupt: &Interrupt,
    ) -> Result<Vec<u8>, Refusal> {
        let terms = Terms { passcode, hold_passcode: true, interrupt };
        let over = [Over::Message(message)];
        let signed = self.sign_all(chosen, &over, &terms, &mut |_| true)?;
        signed.into_iter().next().unwrap_or_else(|| Err(ErrorCode::Internal.into()))
    }

    /// One signature a message, each verified; `go_on` is asked after each but the last, and told
    /// whether that one holds. One that does not is given to nobody, and keeps no other from being
    /// made.
    ///
    /// # Errors
    ///
    /// What keeps all of them from being made.
    pub(super) fn sign_all(
        self: &Arc<Self>,
        chosen: &Chosen,
        messages: &[Over<'_>],
        terms: &Terms<'_>,
        go_on: &mut dyn FnMut(bool) -> bool,
    ) -> Result<Vec<Result<Vec<u8>, Refusal>>, Refusal> {
        let Terms { passcode, hold_passcode, interrupt } = *terms;
        let digests = messages.iter().map(|message| match message {
            Over::Digest(digest) => Some(digest.to_vec()),
            Over::Message(message) => chosen.algorithm.digest(message),
        });
        let Some(digests) = digests.collect() else { return Err(ErrorCode::Internal.into()) };
        // While the card makes the next signature, the last one is verified; of those that come in
        // another order than expected this says nothing.
        let mut verified = Vec::with_capacity(messages.len());
        let mut on_made = |signature: &[u8]| {
            let message = messages.get(verified.len());
            let holds = message.is_some_and(|message| holds(chosen, *message, signature));
            verified.push(holds.then(|| signature.to_vec()));
            go_on(holds)
        };
        let results = self.cards.sign(
            &chosen.card,
            SignOrder {
                token: &chosen.card.token.id,
                key: &chosen.held.key,
                mechanism: chosen.mechanism(),
                digests,
                passcode,
                hold_passcode,
                interrupt,
                go_on: &mut on_made,
            },
        )?;
        let holds_at = |place: usize, signature: &[u8]| {
            messages.get(place).is_some_and(|message| holds(chosen, *message, signature))
        };
        Ok(judged(results, &verified, holds_at))
    }
}

/// What a signature is over.
#[derive(Clone, Copy)]
pub enum Over<'a> {
    /// A message of which the digest alone is known, by the hash of the algorithm that signs.
    Digest(&'a [u8]),
    /// A message.
    Message(&'a [u8]),
}

/// How a card is let sign.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The passcode.
    pub passcode: &'a Passcode,
    /// Whether a key that demands it for each signature may have it without the user.
    pub hold_passcode: bool,
    /// Raised when nobody waits for the signatures any more.
    pub interrupt: &'a Interrupt,
}

/// Why the card did not sign: its own error, which may be worth another passcode, or ours.
#[derive(Debug)]
pub enum Refusal {
    /// The card's.
    Card(CardError),
    /// Anything else.
    Fault(Fault),
}

impl From<CardError> for Refusal {
    fn from(error: CardError) -> Self {
        Self::Card(error)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::Fault(code.into())
    }
}

/// The results, of whose signatures those that were not verified early, each over the message of its
/// own place, are verified now.
fn judged(
    results: Vec<Result<Vec<u8>, CardError>>,
    early: &[Option<Vec<u8>>],
    holds_at: impl Fn(usize, &[u8]) -> bool,
) -> Vec<Result<Vec<u8>, Refusal>> {
    let judge = |(place, result): (usize, Result<Vec<u8>, CardError>)| {
        let signature = result?;
        let was_verified = early.get(place).and_then(Option::as_ref) == Some(&signature);
        if was_verified || holds_at(place, &signature) {
            return Ok(signature);
        }
        Err(ErrorCode::SignatureInvalid.into())
    };
    results.into_iter().enumerate().map(judge).collect()
}

/// The signer must be the user of the session.
///
/// # Errors
///
/// `signer_mismatch`.
pub fn check_signer(chosen: &Chosen, session: &Session) -> Result<(), Fault> {
    if chosen.is_of(session) { Ok(()) } else { Err(ErrorCode::SignerMismatch.into()) }
}

fn holds(chosen: &Chosen, over: Over<'_>, signature: &[u8]) -> bool {
    let message = match over {
        Over::Message(message) => message,
        Over::Digest(digest) => {
            let (algorithm, spki) = (chosen.algorithm, chosen.certificate.spki());
            return holds_over_digest(algorithm, spki, digest, signature);
        }
    };
    let obligation = Obligation {
        algorithm: chosen.algorithm,
        spki: chosen.certificate.spki().to_vec(),
        message: message.to_vec(),
        signature: signature.to_vec(),
    };
    obligation.discharge()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_that_was_verified_in_another_place_is_verified_in_its_own() {
        let (first, second) = (b"over the first".to_vec(), b"over the second".to_vec());
        let messages = [first.clone(), second.clone()];
        let holds_at = |place: usize, signature: &[u8]| messages[place] == signature;
        let early = [Some(first.clone())];
        let of = |results| -> Vec<_> {
            judged(results, &early, holds_at).into_iter().map(|result| result.ok()).collect()
        };
        assert_eq!(
            of(vec![Ok(first.clone()), Ok(second.clone())]),
            [Some(first.clone()), Some(second)]
        );
        // What a module made of the first document it may give for the second.
        assert_eq!(of(vec![Err(CardError::CardRemoved), Ok(first)]), [None, None]);
    }
}
