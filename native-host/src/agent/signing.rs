//! Signatures by a card's key: made, and verified before anyone sees them.

mod meanwhile;

use std::{iter, sync::Arc, thread};

use wardkey_crypto::{Obligation, holds_over_digest};
use wardkey_protocol::{ErrorCode, Fault};
use wardkey_smartcard::{CardError, Passcode};

use super::{Agent, certificate::Chosen, session::Session};
use crate::{interrupt::Interrupt, module::SignOrder};
use meanwhile::Meanwhile;

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
        let finish = |_, signature: &[u8]| Ok(signature.to_vec());
        let signed = self.sign_all(chosen, &over, &terms, &finish, &mut |_| true)?;
        signed.into_iter().next().unwrap_or_else(|| Err(ErrorCode::Internal.into()))
    }

    /// One signature a message, each verified and finished; `go_on` is asked after each, and may ask how
    /// many of those so far hold. One that does not is given to nobody, and keeps no other from being
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
        finish: &Finish<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, Refusal>>, Refusal> {
        let Terms { passcode, hold_passcode, interrupt } = *terms;
        let digests = messages.iter().map(|message| match message {
            Over::Digest(digest) => Some(digest.to_vec()),
            Over::Message(message) => chosen.algorithm.digest(message),
        });
        let Some(digests) = digests.collect() else { return Err(ErrorCode::Internal.into()) };
        let finished = |place: usize, signature: &[u8]| {
            let message = messages.get(place);
            let holds = message.is_some_and(|message| holds(chosen, *message, signature));
            holds.then(|| (signature.to_vec(), finish(place, signature)))
        };
        let (results, early) = thread::scope(|scope| {
            let mut meanwhile = Meanwhile::begin(scope, &finished);
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
                    go_on: &mut |signature| {
                        meanwhile.take(signature);
                        go_on(&mut || meanwhile.hold())
                    },
                },
            );
            (results, meanwhile.end())
        });
        Ok(judged(results?, early, finished))
    }
}

/// Asked after each signature whether to go on; may ask how many of those so far hold, which waits until
/// they are verified.
pub type GoOn<'a> = dyn FnMut(&mut dyn FnMut() -> usize) -> bool + 'a;

/// Makes what the page gets of a verified signature, by its place among the messages.
pub type Finish<'a> = dyn Fn(usize, &[u8]) -> Result<Vec<u8>, Fault> + Sync + 'a;

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

/// A signature and what was made of it.
type Finished = (Vec<u8>, Result<Vec<u8>, Fault>);

/// What was made of the results' signatures; of those that were not finished early, each over the
/// message of its own place, it is made now. Signatures that come in another order than expected were
/// finished in vain.
fn judged(
    results: Vec<Result<Vec<u8>, CardError>>,
    early: Vec<Option<Finished>>,
    finished: impl Fn(usize, &[u8]) -> Option<Finished>,
) -> Vec<Result<Vec<u8>, Refusal>> {
    let early = early.into_iter().chain(iter::repeat_with(|| None));
    type Made = (usize, Result<Vec<u8>, CardError>);
    let judge = |((place, result), early): (Made, Option<Finished>)| {
        let signature = result?;
        let (_, finished) = match early {
            Some(early) if early.0 == signature => early,
            _ => finished(place, &signature).ok_or(ErrorCode::SignatureInvalid)?,
        };
        Ok(finished?)
    };
    results.into_iter().enumerate().zip(early).map(judge).collect()
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
        issued: false,
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
        let finished = |place: usize, signature: &[u8]| {
            (messages[place] == signature).then(|| (signature.to_vec(), Ok(signature.to_vec())))
        };
        let of = |results| -> Vec<_> {
            let early = vec![Some((first.clone(), Ok(first.clone())))];
            judged(results, early, finished).into_iter().map(|result| result.ok()).collect()
        };
        assert_eq!(
            of(vec![Ok(first.clone()), Ok(second.clone())]),
            [Some(first.clone()), Some(second)]
        );
        // What a module made of the first document it may give for the second.
        assert_eq!(of(vec![Err(CardError::CardRemoved), Ok(first.clone())]), [None, None]);
    }
}
