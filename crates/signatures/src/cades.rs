//! CAdES baseline signatures, B-B and B-T (ETSI EN 319 122-1): CMS with signed attributes, the
//! document inside or beside it.

mod prepare;
#[cfg(feature = "verify")]
mod verify;

use const_oid::ObjectIdentifier;

pub use crate::document::Document;
#[cfg(feature = "verify")]
pub use crate::judgement::Pending;
pub(crate) use prepare::prepare_untimed;
pub use prepare::{Prepared, Request, prepare, timestamp_imprint, with_room, with_timestamp};
#[cfg(feature = "verify")]
pub use verify::verify;
#[cfg(feature = "verify")]
pub(crate) use verify::{Beside, examine_signer, read, timestamp_token};

/// Why there is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CadesError {
    /// The certificate can't be read, or its key is none that signs here.
    #[error("the certificate's key is none that signs here")]
    Certificate,
    /// The digest has not the length of its hash.
    #[error("the digest has another length than its hash")]
    Digest,
    /// Not a CAdES signature.
    #[error("not a CAdES signature")]
    Malformed,
    /// The signature has not the shape of its algorithm.
    #[error("the signature has not the shape of its algorithm")]
    Signature,
    /// The time has no form in CMS.
    #[error("the time can't be written")]
    Time,
}

/// id-aa-ets-commitmentType.
pub(crate) const COMMITMENT: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.16");
/// id-aa-timeStampToken.
const TIMESTAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
/// mimeType (ETSI EN 319 122-1, section 5.2.5).
const MEDIA_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1733.2.1");

#[cfg(test)]
mod tests;
