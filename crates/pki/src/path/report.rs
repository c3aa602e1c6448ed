use const_oid::ObjectIdentifier;

use super::{Check, CheckKind};
use crate::{Certificate, PathError, UnixTime};

/// The judgement on one certificate.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "a report may say that the certificate is not valid"]
pub struct PathReport {
    /// Every check that was made, in the order of [`CheckKind`], the end entity first in each.
    pub checks: Vec<Check>,
    /// From the end entity to the anchor; the end entity alone when no path was found.
    pub path: Vec<Certificate>,
    /// The certificate policies that hold over the path, of those required if any were
    /// (RFC 5280, section 6.1.5 (g)).
    pub policies: Vec<ObjectIdentifier>,
    /// The revocation lists and OCSP answers that decided.
    pub revocation: Vec<RevocationEvidence>,
}

/// A revocation list or OCSP answer that decided about one certificate of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevocationEvidence {
    /// The place of the certificate in the path.
    pub at: usize,
    /// What it is.
    pub source: RevocationSource,
    /// When the list was made, or of when the answer's status is.
    pub this_update: UnixTime,
    /// Until when it counts: when the next list is due, or the answer is too old.
    pub next_update: UnixTime,
    /// Seconds from thisUpdate to the request's `now`.
    pub age_seconds: u64,
}

/// What can decide about a certificate's revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevocationSource {
    /// A responder's answer (RFC 6960).
    Answer,
    /// A revocation list (RFC 5280, section 5).
    List,
}

impl PathReport {
    /// Whether every check passed.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.error().is_none()
    }

    /// The first check that did not pass. `None`: the certificate is valid.
    #[must_use]
    pub fn error(&self) -> Option<PathError> {
        self.errors().next()
    }

    /// Everything that did not pass, in the order of the checks.
    pub fn errors(&self) -> impl Iterator<Item = PathError> + '_ {
        self.checks.iter().filter_map(|check| check.result.err())
    }

    /// The certificate is valid, or the first thing that is wrong with it.
    ///
    /// # Errors
    /// The first [`PathError`] in the order of [`CheckKind`].
    pub fn outcome(&self) -> Result<(), PathError> {
        self.error().map_or(Ok(()), Err)
    }

    /// Whether all checks of this kind passed. `None`: none was made.
    #[must_use]
    pub fn passed(&self, kind: CheckKind) -> Option<bool> {
        let mut checks = self.checks.iter().filter(|check| check.kind == kind).peekable();
        checks.peek()?;
        Some(checks.all(|check| check.result.is_ok()))
    }

    /// The age in seconds of the oldest revocation list or OCSP answer that decided. `None`: none did.
    #[must_use]
    pub fn revocation_age(&self) -> Option<u64> {
        self.revocation.iter().map(|evidence| evidence.age_seconds).max()
    }

    /// How far the path is from one that is valid, for choosing among several: first by the
    /// signatures that do not hold, for a path with one is nobody's; then by everything.
    pub(super) fn shortfall(&self) -> (usize, usize) {
        let forged = |error: &PathError| matches!(error, PathError::BadSignature { .. });
        (self.errors().filter(forged).count(), self.errors().count())
    }

    pub(super) fn untrusted() -> Self {
        let result = Err(PathError::Untrusted);
        Self {
            checks: vec![Check { kind: CheckKind::Trust, at: 0, result }],
            path: Vec::new(),
            policies: Vec::new(),
            revocation: Vec::new(),
        }
    }
}
