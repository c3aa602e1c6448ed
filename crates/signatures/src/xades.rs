//! XAdES baseline signatures, B-B and B-T (ETSI EN 319 132-1), and plain XML signatures (XML
//! Signature 1.1): inside of the XML document that they cover, around any document, or beside it.

mod prepare;
mod properties;
mod timestamped;
#[cfg(feature = "verify")]
mod verify;

use wardkey_xml::{XmlError, dsig::DsigError};

#[cfg(feature = "verify")]
pub use crate::judgement::Pending;
pub use prepare::{Packaging, Prepared, Request, prepare};
pub use timestamped::{timestamp_imprint, with_timestamp};
#[cfg(feature = "verify")]
pub(crate) use verify::timestamp_token;
#[cfg(feature = "verify")]
pub use verify::verify;

/// Why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XadesError {
    /// The certificate's key is none that signs here, or not of this algorithm.
    #[error("the certificate's key is none that signs here")]
    Certificate,
    /// A digest stands where the document's octets are needed, or has not the length of its hash.
    #[error("the digest can't stand for the document")]
    Digest,
    /// Not a XAdES signature, or one that has a timestamp.
    #[error("not a XAdES signature without a timestamp")]
    Malformed,
    /// The document can't be named.
    #[error("the document has no name")]
    Name,
    /// The document has a signature already, and another would break it.
    #[error("the document is signed already")]
    Signed,
    /// The time has no form in XML Schema.
    #[error("the time can't be written")]
    Time,
    /// A part can't be written.
    #[error("the signature can't be written: {0}")]
    Unwritten(#[from] DsigError),
    /// The document is no XML that is read here.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

/// The namespace of XAdES.
const NAMESPACE: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// The kind of the reference to the signed properties (section 4.4.2).
const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

#[cfg(test)]
mod tests;
