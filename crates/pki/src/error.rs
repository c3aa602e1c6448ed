use const_oid::ObjectIdentifier;

use crate::{CheckKind, Purpose, RevocationReason, UnixTime};

/// Why bytes are not a certificate or a revocation list that this crate accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The two statements of the signature algorithm differ (RFC 5280, sections 4.1.1.2, 5.1.1.2).
    #[error("the two statements of the signature algorithm differ")]
    AlgorithmMismatch,
    /// A delta list, which says nothing alone (RFC 5280, section 5.2.4).
    #[error("a delta revocation list is not supported")]
    DeltaList,
    /// An extension occurs twice (RFC 5280, section 4.2).
    #[error("extension {0} occurs twice")]
    DuplicateExtension(ObjectIdentifier),
    /// A list that speaks for other issuers (RFC 5280, section 5.2.5).
    #[error("an indirect revocation list is not supported")]
    IndirectList,
    /// Not the DER encoding of what was asked for; the word names the part.
    #[error("{0} can't be read")]
    Malformed(&'static str),
    /// A list of only some reasons or only attribute certificates (RFC 5280, section 5.2.5).
    #[error("a partial revocation list is not supported")]
    PartialList,
    /// No PEM block of the label asked for, or its base64 can't be read (RFC 7468).
    #[error("no readable PEM block")]
    Pem,
    /// Longer, or more of them, than the crate's limits.
    #[error("too large")]
    TooLarge,
    /// A revocation list with a critical extension that is not understood (RFC 5280, section 5.2).
    #[error("critical extension {0} of a revocation list is not understood")]
    UnknownCriticalExtension(ObjectIdentifier),
}

/// Why a certificate is not valid for what was asked.
///
/// `at` is the place in the path: 0 is the end entity, 1 its issuer, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The issuer's key did not make the signature.
    #[error("the signature of certificate {at} does not hold")]
    BadSignature {
        /// The place in the path.
        at: usize,
    },
    /// The validity ended before the time asked for.
    #[error("certificate {at} expired at {not_after}")]
    Expired {
        /// The place in the path.
        at: usize,
        /// The last second of validity.
        not_after: UnixTime,
    },
    /// The time asked for lies outside the end entity's privateKeyUsagePeriod.
    #[error("the certificate's private key may not be used at this time")]
    KeyUsagePeriod {
        /// The first second of use, if one is stated.
        not_before: Option<UnixTime>,
        /// The last second of use, if one is stated.
        not_after: Option<UnixTime>,
    },
    /// An issuer whose keyUsage does not have keyCertSign.
    #[error("certificate {at} may not sign certificates")]
    MayNotSignCertificates {
        /// The place in the path.
        at: usize,
    },
    /// A name lies outside a name constraint above it, or the constraint can't be applied.
    #[error("a name of certificate {at} is outside the name constraints")]
    NameConstraints {
        /// The place in the path.
        at: usize,
    },
    /// An issuer without basicConstraints that say it is one.
    #[error("certificate {at} is not a certification authority")]
    NotAnAuthority {
        /// The place in the path.
        at: usize,
    },
    /// The validity begins after the time asked for.
    #[error("certificate {at} is not valid before {not_before}")]
    NotYetValid {
        /// The place in the path.
        at: usize,
        /// The first second of validity.
        not_before: UnixTime,
    },
    /// More certificates below an issuer than its pathLenConstraint allows.
    #[error("the path is longer than certificate {at} allows")]
    PathTooLong {
        /// The place of the issuer in the path.
        at: usize,
    },
    /// A policy mapping from or to anyPolicy (RFC 5280, section 6.1.4 (a)).
    #[error("certificate {at} maps anyPolicy")]
    PolicyMapping {
        /// The place in the path.
        at: usize,
    },
    /// None of the policies asked for holds over the whole path.
    #[error("no required certificate policy holds over the path")]
    PolicyMissing,
    /// Revoked, for the time asked for.
    #[error("certificate {at} was revoked at {date}: {reason}")]
    Revoked {
        /// The place in the path.
        at: usize,
        /// The revocationDate of the list.
        date: UnixTime,
        /// The reason the list gives.
        reason: RevocationReason,
    },
    /// Nothing trustworthy says whether the certificate is revoked.
    #[error("it is unknown whether certificate {at} is revoked: {gap}")]
    RevocationUnknown {
        /// The place in the path.
        at: usize,
        /// What is missing.
        gap: RevocationGap,
    },
    /// A critical extension that is not understood.
    #[error("critical extension {oid} of certificate {at} is not understood")]
    UnknownCriticalExtension {
        /// The place in the path.
        at: usize,
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// A signature algorithm or a kind of key that is not one of ours.
    #[error("the algorithm of certificate {at} is not supported")]
    UnsupportedAlgorithm {
        /// The place in the path.
        at: usize,
    },
    /// No path leads to a trust anchor.
    #[error("no path leads to a trust anchor")]
    Untrusted,
    /// SHA-1 or a short RSA key where the request does not name the exception.
    #[error("the algorithm of certificate {at} is too weak")]
    WeakAlgorithm {
        /// The place in the path.
        at: usize,
    },
    /// The end entity's keyUsage or extendedKeyUsage is not for the purpose.
    #[error("the certificate is not for {purpose}")]
    WrongUsage {
        /// The purpose asked for.
        purpose: Purpose,
    },
}

impl PathError {
    /// The check that gives this error.
    #[must_use]
    pub fn kind(&self) -> CheckKind {
        match self {
            Self::BadSignature { .. } => CheckKind::Signature,
            Self::Expired { .. } | Self::NotYetValid { .. } => CheckKind::Validity,
            Self::KeyUsagePeriod { .. } => CheckKind::KeyUsagePeriod,
            Self::MayNotSignCertificates { .. } => CheckKind::IssuerKeyUsage,
            Self::NameConstraints { .. } => CheckKind::NameConstraints,
            Self::NotAnAuthority { .. } => CheckKind::BasicConstraints,
            Self::PathTooLong { .. } => CheckKind::PathLength,
            Self::PolicyMapping { .. } | Self::PolicyMissing => CheckKind::Policies,
            Self::Revoked { .. } | Self::RevocationUnknown { .. } => CheckKind::Revocation,
            Self::UnknownCriticalExtension { .. } => CheckKind::CriticalExtensions,
            Self::UnsupportedAlgorithm { .. } | Self::WeakAlgorithm { .. } => CheckKind::Algorithms,
            Self::Untrusted => CheckKind::Trust,
            Self::WrongUsage { .. } => CheckKind::Usage,
        }
    }
}

/// What is missing to say whether a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationGap {
    /// The signature of the list or answer does not hold under the certificate's issuer.
    #[error("the list or answer is not signed by the issuer")]
    BadSignature,
    /// The certificate had expired before the list or answer was made, which may have dropped it.
    #[error("the certificate had expired before the list or answer was made")]
    ExpiredBeforeList,
    /// The issuer's keyUsage does not have cRLSign.
    #[error("the issuer may not sign lists")]
    MayNotSignLists,
    /// No list of the issuer and no answer covers the certificate.
    #[error("no list or answer covers the certificate")]
    NoList,
    /// The thisUpdate of the list or answer lies ahead.
    #[error("the list or answer is not valid yet")]
    NotYetValid,
    /// The answer is not by the issuer, nor by a responder that the issuer certified for it and
    /// that is valid itself (RFC 6960, section 4.2.2.2).
    #[error("the answer is not by a responder of the issuer")]
    NotAResponder,
    /// The responder's own certificate says not that it needs no check (id-pkix-ocsp-nocheck),
    /// and no current list says that it is not revoked.
    #[error("it is unknown whether the responder is revoked")]
    ResponderUnknown,
    /// The nextUpdate has passed, or the list has none, or the answer is too old.
    #[error("the list or answer is out of date")]
    Stale,
    /// The responder does not know the certificate.
    #[error("the responder does not know the certificate")]
    UnknownToResponder,
    /// The signature algorithm of the list or answer is too weak or not supported.
    #[error("the algorithm of the list or answer is not acceptable")]
    WeakAlgorithm,
}
