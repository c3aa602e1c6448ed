use wardkey_crypto::SignatureAlgorithm;

use super::{
    DsigError, NAMESPACE, NewReference, Profile, Transform, Unsigned, reference_digest, unique_id,
};
use crate::{Canonicalization, Element, splice::split_before_end};

/// A document whose signature is still to be made: [`Prepared::to_be_signed`] goes to the key,
/// and what it gives to [`Prepared::assemble`].
pub struct Prepared {
    head: Vec<u8>,
    tail: Vec<u8>,
    signature: Unsigned,
}

/// Prepares the signature of one element; `source` is what its document was parsed from.
///
/// # Errors
/// [`DsigError`] when the element has no unique id, is signed already or has no canonical form,
/// or when the algorithm is not RSA or ECDSA on P-256 with SHA-256.
pub fn prepare(
    source: &[u8],
    element: Element<'_>,
    profile: &Profile<'_>,
    algorithm: SignatureAlgorithm,
) -> Result<Prepared, DsigError> {
    if !matches!(
        algorithm,
        SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::RsaPkcs1Sha256
    ) {
        return Err(DsigError::AlgorithmRefused(format!("{algorithm:?}")));
    }
    let id = unique_id(element, profile)?;
    if element.child(NAMESPACE, "Signature").is_some() {
        return Err(DsigError::ManySignatures);
    }
    let method = Canonicalization::exclusive();
    let reference = NewReference {
        uri: format!("#{id}"),
        digest: reference_digest(algorithm, &method.element(element)?)?,
        transforms: vec![Transform::Enveloped, Transform::Canonicalization(method)],
        ..NewReference::default()
    };
    let (head, tail) = split_before_end(source, element)
        .ok_or(DsigError::Malformed("the source is not that of the element"))?;
    Ok(Prepared {
        head,
        tail,
        signature: Unsigned::new(None, algorithm, &[reference], Vec::new())?,
    })
}

impl Prepared {
    /// The octets to sign: the canonical SignedInfo.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.signature.to_be_signed()
    }

    /// The signed document: the source with the signature as the element's last child.
    ///
    /// `signature` is RSA's as it is, ECDSA's as `r || s`; `certificate` is the signer's in DER.
    #[must_use]
    pub fn assemble(self, signature: &[u8], certificate: Option<&[u8]>) -> Vec<u8> {
        let Self { head: mut out, tail, signature: unsigned } = self;
        out.extend_from_slice(unsigned.assemble(signature, certificate).as_bytes());
        out.extend_from_slice(&tail);
        out
    }
}
