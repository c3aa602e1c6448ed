mod judge;

use wardkey_crypto::Obligation;
use wardkey_xml::{Document, Limits};

use super::{EpsError, SigningTime, fragments, signature, structure::Parts, summary};
use crate::{options::VerifyOptions, report::Report};
use judge::Judgement;

/// A verification that waits for public-key operations.
#[derive(Debug)]
#[must_use = "nothing has been verified yet"]
pub struct Pending {
    state: State,
    obligations: Vec<Obligation>,
}

#[derive(Debug)]
enum State {
    /// Nothing is left to be found out.
    Decided(Box<Report>),
    Open(Box<Judgement>),
}

/// Begins the verification of a signed prescription, or of a message that holds exactly one.
///
/// The checks, in the order in which the first that fails gives the reason: the signature's
/// format, its one certificate, the RSA signature, the digest over the prescription, revocation,
/// validity at the time of signing (which nothing but the signer's word supports), trust with
/// usage and policy, and that the signer is the author. Revocation that is unknown, and an author
/// whose Spine user id the prescription does not name, make the verdict `indeterminate`, if nothing
/// else makes it `invalid`.
pub fn verify(signed_prescription: &[u8], options: &VerifyOptions) -> Pending {
    let document = match Document::parse(signed_prescription, &Limits::DEFAULT) {
        Ok(document) => document,
        Err(error) => return Pending::refused(&error.to_string()),
    };
    let verified = Parts::locate(&document).and_then(|parts| Ok((Verified::read(&parts)?, parts)));
    let (verified, parts) = match verified {
        Ok(verified) => verified,
        Err(error) => return Pending::refused(&error.to_string()),
    };
    let signature = match parts.signature_text {
        Some(place) => signature::read(place),
        None => Err(signature::SignatureError::Format),
    };
    match Judgement::new(&verified, signature, options) {
        Ok((judgement, obligations)) => {
            Pending { state: State::Open(Box::new(judgement)), obligations }
        }
        Err(report) => Pending { state: State::Decided(report), obligations: Vec::new() },
    }
}

/// What a signature is verified against, all of it from one parse.
struct Verified {
    fragments: Vec<u8>,
    signing_time: SigningTime,
    /// The author's Spine user id.
    author: Option<String>,
}

impl Verified {
    fn read(parts: &Parts<'_>) -> Result<Self, EpsError> {
        Ok(Self {
            fragments: fragments::canonical(parts)?,
            signing_time: parts.signing_time,
            // A prescription that can't be shown can't have been seen either.
            author: summary::read(parts)?.prescriber.user_id,
        })
    }
}

impl Pending {
    /// The signatures to verify.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The result, given for each of [`Pending::obligations`], in their order, whether it holds.
    /// A missing answer counts as one that does not hold.
    #[must_use]
    pub fn conclude(self, answers: &[bool]) -> Report {
        match self.state {
            State::Decided(report) => *report,
            State::Open(judgement) => judgement.conclude(answers),
        }
    }

    /// The result, with the signatures verified here.
    #[cfg(feature = "native")]
    #[must_use]
    pub fn discharge(self) -> Report {
        let answers: Vec<bool> = self.obligations.iter().map(Obligation::discharge).collect();
        self.conclude(&answers)
    }

    /// There is no prescription whose signature could be verified.
    fn refused(reason: &str) -> Self {
        let report = Report::refused("prescription", reason);
        Self { state: State::Decided(Box::new(report)), obligations: Vec::new() }
    }
}
