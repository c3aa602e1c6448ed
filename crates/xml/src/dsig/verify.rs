use wardkey_crypto::{Obligation, SignatureAlgorithm};

use super::{DsigError, NAMESPACE, Profile, Signature, Transform, unique_id};
use crate::{Canonicalization, Element};

/// A signature whose form and digest are right; what is left is the public-key operation.
#[derive(Debug)]
#[must_use = "nothing is verified before the obligation is answered"]
pub struct Pending<'a> {
    element: Element<'a>,
    signature: Element<'a>,
    algorithm: SignatureAlgorithm,
    obligations: [Obligation; 1],
}

/// An element whose signature holds.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    element: Element<'a>,
    signature: Element<'a>,
    algorithm: SignatureAlgorithm,
}

/// Checks the signature that stands in an element as its direct child and covers it, by the
/// signer's key: `spki` is its DER SubjectPublicKeyInfo. What KeyInfo says is not used.
///
/// # Errors
/// [`DsigError`] when there is no such signature, it leaves the profile, or the digest is wrong.
pub fn verify<'a>(
    element: Element<'a>,
    profile: &Profile<'_>,
    spki: &[u8],
) -> Result<Pending<'a>, DsigError> {
    let signature = Signature::read(signature_of(element)?)?;
    let id = unique_id(element, profile)?;
    check_exclusive(signature.canonicalization())?;
    check_algorithm(signature.algorithm(), profile)?;
    let [reference] = signature.references() else {
        return Err(DsigError::Malformed("Reference"));
    };
    if !signature.objects().is_empty() {
        return Err(DsigError::Malformed("Object"));
    }
    if reference.uri().and_then(|uri| uri.strip_prefix('#')) != Some(id) {
        return Err(DsigError::OtherElement);
    }
    let [Transform::Enveloped, Transform::Canonicalization(method)] = reference.transforms() else {
        let uris: Vec<String> = reference.transforms().iter().map(Transform::uri).collect();
        return Err(DsigError::AlgorithmRefused(uris.join(" ")));
    };
    check_exclusive(method)?;
    let digest_method = reference.digest_method();
    if digest_method.is_legacy() && !profile.legacy_sha1 {
        return Err(DsigError::AlgorithmRefused(digest_method.uri().to_owned()));
    }
    let octets = method.element_without(element, signature.element())?;
    if digest_method.digest(&octets) != reference.digest() {
        return Err(DsigError::DigestMismatch);
    }
    Ok(Pending {
        element,
        signature: signature.element(),
        algorithm: signature.algorithm(),
        obligations: [signature.obligation(spki)?],
    })
}

/// The certificates in the KeyInfo of the element's signature, in DER and in the order given,
/// without any check: for callers that decide on trust before they call [`verify`].
///
/// # Errors
/// [`DsigError`] when the element has no signature that can be read.
pub fn certificates(element: Element<'_>) -> Result<Vec<Vec<u8>>, DsigError> {
    Ok(Signature::read(signature_of(element)?)?.certificates().to_vec())
}

impl<'a> Pending<'a> {
    /// The public-key operations to answer: one.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The verified element, given one answer for each obligation.
    ///
    /// # Errors
    /// [`DsigError::SignatureInvalid`] when an answer is `false` or missing.
    pub fn conclude(self, answers: &[bool]) -> Result<Verified<'a>, DsigError> {
        if answers != [true] {
            return Err(DsigError::SignatureInvalid);
        }
        let Self { element, signature, algorithm, .. } = self;
        Ok(Verified { element, signature, algorithm })
    }

    /// The verified element, the obligation answered by native code.
    ///
    /// # Errors
    /// [`DsigError::SignatureInvalid`] when the signature does not hold.
    #[cfg(feature = "native")]
    pub fn discharge(self) -> Result<Verified<'a>, DsigError> {
        let answers = self.obligations.each_ref().map(Obligation::discharge);
        self.conclude(&answers)
    }
}

impl<'a> Verified<'a> {
    /// The very element that was verified. Its signature, a direct child, is the only part of it
    /// that is not covered.
    #[must_use]
    pub fn element(&self) -> Element<'a> {
        self.element
    }

    /// The signature itself, the one part of the element that is not covered.
    #[must_use]
    pub fn signature(&self) -> Element<'a> {
        self.signature
    }

    /// How it was signed.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}

fn signature_of(element: Element<'_>) -> Result<Element<'_>, DsigError> {
    element.child(NAMESPACE, "Signature").ok_or(DsigError::NoSignature)?;
    element.only_child(NAMESPACE, "Signature").ok_or(DsigError::ManySignatures)
}

/// Exclusive canonicalization without comments; a prefix list is admitted.
fn check_exclusive(method: &Canonicalization) -> Result<(), DsigError> {
    let uri = method.uri();
    if uri == Canonicalization::exclusive().uri() {
        return Ok(());
    }
    Err(DsigError::AlgorithmRefused(uri))
}

fn check_algorithm(algorithm: SignatureAlgorithm, profile: &Profile<'_>) -> Result<(), DsigError> {
    let admitted = match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::RsaPkcs1Sha256 => true,
        SignatureAlgorithm::RsaPkcs1Sha1 => profile.legacy_sha1,
        _ => false,
    };
    if admitted { Ok(()) } else { Err(DsigError::AlgorithmRefused(format!("{algorithm:?}"))) }
}
