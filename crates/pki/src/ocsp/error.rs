use const_oid::ObjectIdentifier;

use crate::ParseError;

/// Why bytes are not an answer to the question that was asked; the responder's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspError {
    /// Not an answer that can be read, or too large a one.
    #[error(transparent)]
    Malformed(#[from] ParseError),
    /// The answer has not the nonce that was asked with (RFC 9654).
    #[error("the answer is not to this request")]
    Nonce,
    /// The responder gave no answer.
    #[error("the responder refuses: {0}")]
    Refused(OcspRefusal),
    /// An answer of another type than id-pkix-ocsp-basic.
    #[error("an answer of type {0} is not supported")]
    UnknownType(ObjectIdentifier),
    /// The answer speaks of other certificates only, or more than once of this one.
    #[error("the answer does not speak once of this certificate")]
    WrongCertificate,
}

/// An OCSPResponseStatus other than successful (RFC 6960, section 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspRefusal {
    /// It takes the request for malformed.
    #[error("malformedRequest")]
    MalformedRequest,
    /// It is in an inconsistent state.
    #[error("internalError")]
    InternalError,
    /// It can't answer now.
    #[error("tryLater")]
    TryLater,
    /// It answers signed requests only.
    #[error("sigRequired")]
    SigRequired,
    /// It has no answer for this client or this certificate.
    #[error("unauthorized")]
    Unauthorized,
}
