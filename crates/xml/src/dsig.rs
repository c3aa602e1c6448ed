//! XML signatures (XML Signature Syntax and Processing 1.1).
//!
//! Two layers. [`Signature`] and [`Unsigned`] read and write any signature of the methods known
//! here; what a reference covers is told by [`Reference::check`], and is for the caller to judge.
//! On them stands one fixed profile of enveloped signatures, [`prepare`] and [`verify`]:
//!
//! The signature is a direct child of the element it covers. It has exactly one reference, by the
//! element's id, with exactly two transforms: enveloped signature, then exclusive
//! canonicalization. Verification never looks an element up by its id: the caller hands over the
//! very element it is about to use, and gets back that element and no other.
//!
//! ```
//! use wardkey_xml::{Document, Limits, dsig::{self, Profile}};
//! use wardkey_crypto::SignatureAlgorithm;
//!
//! let source = b"<note Id='n1'>Rest</note>";
//! let document = Document::parse(source, &Limits::DEFAULT)?;
//! let profile = Profile::new("Id");
//! let prepared = dsig::prepare(source, document.root(), &profile, SignatureAlgorithm::EcdsaP256Sha256)?;
//! # let sign = |_: &[u8]| vec![0; 64];
//! let signature = sign(prepared.to_be_signed());
//! let signed = prepared.assemble(&signature, None);
//!
//! let document = Document::parse(&signed, &Limits::DEFAULT)?;
//! let pending = dsig::verify(document.root(), &profile, b"the signer's SubjectPublicKeyInfo")?;
//! assert_eq!(pending.obligations()[0].signature, signature);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coverage;
mod method;
mod sign;
mod signature;
mod unsigned;
mod verify;

pub use coverage::{Coverage, Detached};
pub use method::{DigestMethod, signature_method, signature_method_uri};
pub use sign::{Prepared, prepare};
pub use signature::{Reference, Signature, Transform};
pub use unsigned::{NewReference, Unsigned, reference_digest};
pub use verify::{Pending, Verified, certificates, verify};

use crate::{C14nError, Element, XmlError};

/// The namespace of XML signatures.
pub const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The identifier of the enveloped-signature transform (section 6.6.4).
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// What is admitted beyond the fixed parts: the name of the id attribute, and old algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile<'a> {
    id_attribute: &'a str,
    legacy_sha1: bool,
}

/// Why a signature could not be made or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DsigError {
    /// A method, transform or algorithm outside of the profile.
    #[error("algorithm outside of the profile: {0}")]
    AlgorithmRefused(String),
    /// The element has no canonical form.
    #[error(transparent)]
    C14n(#[from] C14nError),
    /// The element's content is not what was signed.
    #[error("the digest does not match the element")]
    DigestMismatch,
    /// The element's id is also that of another element.
    #[error("the id is given twice")]
    DuplicateId,
    /// The element has no id, or one that no reference can name.
    #[error("the element has no usable id")]
    IdMissing,
    /// A part of the signature is missing, repeated, unexpected or unreadable.
    #[error("malformed signature: {0}")]
    Malformed(&'static str),
    /// The element has more than one signature, or one already where it is to be signed.
    #[error("more than one signature on the element")]
    ManySignatures,
    /// The element has no signature as its direct child.
    #[error("the element has no signature")]
    NoSignature,
    /// The signature covers something other than the element it stands in.
    #[error("the signature refers to another element")]
    OtherElement,
    /// The signature is not by this key over this SignedInfo.
    #[error("the signature does not hold")]
    SignatureInvalid,
    /// A part could not be written.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl<'a> Profile<'a> {
    /// RSA or ECDSA on P-256 with SHA-256; ids in this attribute of no namespace.
    #[must_use]
    pub const fn new(id_attribute: &'a str) -> Self {
        Self { id_attribute, legacy_sha1: false }
    }

    /// The same, and RSA and digests with SHA-1 are verified too. For signers that a policy names.
    #[must_use]
    pub const fn accepting_legacy_sha1(self) -> Self {
        Self { legacy_sha1: true, ..self }
    }
}

/// The id by which a reference can name the element, when no other element has it.
fn unique_id<'a>(element: Element<'a>, profile: &Profile<'_>) -> Result<&'a str, DsigError> {
    let id = element.attribute(profile.id_attribute).ok_or(DsigError::IdMissing)?;
    // The ids of Spine assertions begin with a digit, which the type ID of XML does not admit.
    if id.is_empty() || !id.chars().all(crate::character::is_name) {
        return Err(DsigError::IdMissing);
    }
    let names_id = |local: &str| local == profile.id_attribute || local.eq_ignore_ascii_case("id");
    // Whatever another reader takes for an id must not make it find another element.
    let holders = element
        .document()
        .elements()
        .flat_map(Element::attributes)
        .filter(|attribute| names_id(attribute.local()) && attribute.value() == id)
        .count();
    if holders == 1 { Ok(id) } else { Err(DsigError::DuplicateId) }
}

#[cfg(test)]
mod tests;
