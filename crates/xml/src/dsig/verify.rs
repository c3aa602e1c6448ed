use base64ct::{Base64, Encoding as _};
use wardkey_crypto::{Obligation, SignatureAlgorithm};

use super::{DigestMethod, DsigError, ENVELOPED, NAMESPACE, Profile, signature_method, unique_id};
use crate::{Canonicalization, Element, Node, character::is_space};

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
    let parts = Parts::of(element)?;
    let id = unique_id(element, profile)?;
    let [method, signature_method, reference] =
        in_order(parts.signed_info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
    let canonicalization = exclusive(method)?;
    let algorithm = signature_algorithm(signature_method, profile)?;
    if reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) != Some(id) {
        return Err(DsigError::OtherElement);
    }
    let [transforms, digest_method, digest_value] =
        in_order(reference, ["Transforms", "DigestMethod", "DigestValue"])?;
    let [enveloped, exclusive_transform] = in_order(transforms, ["Transform", "Transform"])?;
    if algorithm_of(enveloped)? != ENVELOPED || enveloped.children().next().is_some() {
        return Err(DsigError::AlgorithmRefused(algorithm_of(enveloped)?.to_owned()));
    }
    let octets = exclusive(exclusive_transform)?.element_without(element, parts.signature)?;
    if digest(digest_method, profile)?.digest(&octets) != base64(digest_value)? {
        return Err(DsigError::DigestMismatch);
    }
    let obligation = Obligation {
        algorithm,
        spki: spki.to_vec(),
        message: canonicalization.element(parts.signed_info)?,
        signature: base64(parts.value)?,
    };
    Ok(Pending { element, signature: parts.signature, algorithm, obligations: [obligation] })
}

/// The certificates in the KeyInfo of the element's signature, in DER and in the order given,
/// without any check: for callers that decide on trust before they call [`verify`].
///
/// # Errors
/// [`DsigError`] when the element has no signature or a certificate is not base64.
pub fn certificates(element: Element<'_>) -> Result<Vec<Vec<u8>>, DsigError> {
    let parts = Parts::of(element)?;
    parts
        .key_info
        .into_iter()
        .flat_map(|key_info| key_info.children_named(NAMESPACE, "X509Data"))
        .flat_map(|data| data.children_named(NAMESPACE, "X509Certificate"))
        .map(base64)
        .collect()
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

struct Parts<'a> {
    signature: Element<'a>,
    signed_info: Element<'a>,
    value: Element<'a>,
    key_info: Option<Element<'a>>,
}

impl<'a> Parts<'a> {
    fn of(element: Element<'a>) -> Result<Self, DsigError> {
        let signature = element.child(NAMESPACE, "Signature").ok_or(DsigError::NoSignature)?;
        if element.only_child(NAMESPACE, "Signature").is_none() {
            return Err(DsigError::ManySignatures);
        }
        if signature.children().count() == 2 {
            let [signed_info, value] = in_order(signature, ["SignedInfo", "SignatureValue"])?;
            return Ok(Self { signature, signed_info, value, key_info: None });
        }
        let [signed_info, value, key_info] =
            in_order(signature, ["SignedInfo", "SignatureValue", "KeyInfo"])?;
        Ok(Self { signature, signed_info, value, key_info: Some(key_info) })
    }
}

/// The children of an element, when they are exactly these, in this order, with nothing but white
/// space and comments between them.
fn in_order<'a, const N: usize>(
    parent: Element<'a>,
    names: [&'static str; N],
) -> Result<[Element<'a>; N], DsigError> {
    let stray = parent.nodes().any(|node| match node {
        Node::Text(text) => !text.chars().all(is_space),
        Node::ProcessingInstruction { .. } => true,
        Node::Comment(_) | Node::Element(_) => false,
    });
    let malformed = || DsigError::Malformed(names.last().copied().unwrap_or("content"));
    if stray {
        return Err(malformed());
    }
    let children: Vec<Element<'a>> = parent.children().collect();
    if let Some(wrong) = names
        .iter()
        .enumerate()
        .find(|(i, name)| children.get(*i).is_none_or(|child| !child.is(NAMESPACE, name)))
    {
        return Err(DsigError::Malformed(wrong.1));
    }
    children.try_into().map_err(|_| malformed())
}

/// Exclusive canonicalization without comments, with its prefix list if there is one.
fn exclusive(element: Element<'_>) -> Result<Canonicalization, DsigError> {
    let method = Canonicalization::exclusive();
    let uri = algorithm_of(element)?;
    if uri != method.uri() {
        return Err(DsigError::AlgorithmRefused(uri.to_owned()));
    }
    let mut children = element.children();
    let Some(prefixes) = children.next() else { return Ok(method) };
    if !prefixes.is(uri, "InclusiveNamespaces") || children.next().is_some() {
        return Err(DsigError::Malformed("InclusiveNamespaces"));
    }
    let list =
        prefixes.attribute("PrefixList").ok_or(DsigError::Malformed("InclusiveNamespaces"))?;
    Ok(method.with_inclusive_prefixes(list.split_ascii_whitespace()))
}

fn signature_algorithm(
    element: Element<'_>,
    profile: &Profile<'_>,
) -> Result<SignatureAlgorithm, DsigError> {
    let uri = algorithm_of(element)?;
    match signature_method(uri) {
        Some(
            algorithm @ (SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::RsaPkcs1Sha256),
        ) => Ok(algorithm),
        Some(algorithm @ SignatureAlgorithm::RsaPkcs1Sha1) if profile.legacy_sha1 => Ok(algorithm),
        _ => Err(DsigError::AlgorithmRefused(uri.to_owned())),
    }
}

fn digest(element: Element<'_>, profile: &Profile<'_>) -> Result<DigestMethod, DsigError> {
    let uri = algorithm_of(element)?;
    match DigestMethod::from_uri(uri) {
        Some(DigestMethod::Sha1) if !profile.legacy_sha1 => None,
        method => method,
    }
    .ok_or_else(|| DsigError::AlgorithmRefused(uri.to_owned()))
}

fn algorithm_of(element: Element<'_>) -> Result<&str, DsigError> {
    element.attribute("Algorithm").ok_or(DsigError::Malformed("Algorithm"))
}

/// Base64 as XML Schema has it: white space anywhere.
fn base64(element: Element<'_>) -> Result<Vec<u8>, DsigError> {
    if element.children().next().is_some() {
        return Err(DsigError::Malformed("base64"));
    }
    let text: String = element.text().chars().filter(|c| !is_space(*c)).collect();
    Base64::decode_vec(&text).map_err(|_| DsigError::Malformed("base64"))
}
