use wardkey_crypto::SignatureAlgorithm;
use wardkey_xml::{C14nError, XmlError};

/// Why a prescription can't be read, signed or given its signature. Names of elements are those of
/// the HL7 v3 message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EpsError {
    /// The signature is made with RSA and SHA-256, in old systems with SHA-1, and nothing else.
    #[error("prescriptions are not signed with {0:?}")]
    AlgorithmRefused(SignatureAlgorithm),
    /// The prescription carries a signature already.
    #[error("the prescription is signed already")]
    AlreadySigned,
    /// A part that has to be there once is there more than once.
    #[error("more than one {0}")]
    Ambiguous(&'static str),
    /// The prescription has no canonical form.
    #[error(transparent)]
    C14n(#[from] C14nError),
    /// Something that implementations of the signature treat differently.
    #[error("not admitted in a prescription: {0}")]
    Contested(&'static str),
    /// A part is not there.
    #[error("no {0}")]
    Missing(&'static str),
    /// A part stands where it would not be signed.
    #[error("{0} out of its place")]
    Misplaced(&'static str),
    /// `author/time` is not `YYYYMMDDHHmmss`.
    #[error("the time of signing can't be read")]
    MalformedTime,
    /// Not a SignedInfo as the service's `$prepare` gives it.
    #[error("not a digest of the EPS service")]
    NotADigest,
    /// What is to be put into the prescription is not one signature element.
    #[error("not a signature element")]
    NotASignature,
    /// More than 64 medicines.
    #[error("too many medicines")]
    TooManyItems,
    /// The octets are not XML that is admitted.
    #[error(transparent)]
    Xml(#[from] XmlError),
}
