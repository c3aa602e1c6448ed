use std::cell::Cell;

use base64ct::{Base64, Encoding as _};
use wardkey_crypto::{Obligation, SignatureAlgorithm};

use super::{DigestMethod, DsigError, ENVELOPED, NAMESPACE, signature_method};
use crate::{C14nError, Canonicalization, Element, Node, character::is_space};

/// A Signature element (XML Signature 1.1, section 4), read and not judged: any algorithm and
/// transform that is known here, SHA-1 among them; HMAC, XPath and XSLT are not.
#[derive(Clone, Debug)]
pub struct Signature<'a> {
    element: Element<'a>,
    signed_info: Element<'a>,
    value_element: Element<'a>,
    canonicalization: Canonicalization,
    algorithm: SignatureAlgorithm,
    references: Vec<Reference<'a>>,
    value: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    objects: Vec<Element<'a>>,
    /// How many octets of canonical forms may still be made for its references, all of them
    /// together.
    work: Cell<usize>,
}

/// A Reference of a signature (section 4.4.3).
#[derive(Clone, Debug)]
pub struct Reference<'a> {
    element: Element<'a>,
    transforms: Vec<Transform>,
    digest_method: DigestMethod,
    digest: Vec<u8>,
}

/// A step from what a reference names to what is digested (section 6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transform {
    /// Base64 is decoded.
    Base64,
    /// Nodes become octets.
    Canonicalization(Canonicalization),
    /// The signature itself is left out.
    Enveloped,
}

impl<'a> Signature<'a> {
    /// Reads a Signature element.
    ///
    /// # Errors
    /// [`DsigError::Malformed`] when a part is missing, repeated, unexpected, unreadable or comes
    /// more often than is read; [`DsigError::AlgorithmRefused`] when one is not known here.
    pub fn read(element: Element<'a>) -> Result<Self, DsigError> {
        if !element.is(NAMESPACE, "Signature") {
            return Err(DsigError::NoSignature);
        }
        let mut parts = Parts::of(element, "Signature")?;
        let signed_info = parts.next("SignedInfo")?;
        let value_element = parts.next("SignatureValue")?;
        let key_info = parts.optional("KeyInfo");
        let objects = parts.rest("Object", MAX_OBJECTS)?;

        let mut parts = Parts::of(signed_info, "SignedInfo")?;
        let canonicalization = canonicalization(parts.next("CanonicalizationMethod")?)?;
        let method = algorithm_of(parts.next("SignatureMethod")?)?;
        let references = parts.rest("Reference", MAX_REFERENCES)?;
        if references.is_empty() {
            return Err(DsigError::Malformed("Reference"));
        }
        Ok(Self {
            element,
            signed_info,
            value_element,
            canonicalization,
            algorithm: signature_method(method).ok_or_else(|| refused(method))?,
            references: references.into_iter().map(Reference::read).collect::<Result<_, _>>()?,
            value: base64(value_element)?,
            certificates: key_info.map_or_else(|| Ok(Vec::new()), certificates)?,
            objects,
            work: Cell::new(Canonicalization::MAX_BYTES),
        })
    }

    /// The Signature element.
    #[must_use]
    pub fn element(&self) -> Element<'a> {
        self.element
    }

    /// How SignedInfo is made octets.
    #[must_use]
    pub fn canonicalization(&self) -> &Canonicalization {
        &self.canonicalization
    }

    /// How it was signed.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// What is signed, in order; at least one.
    #[must_use]
    pub fn references(&self) -> &[Reference<'a>] {
        &self.references
    }

    /// The SignatureValue element.
    #[must_use]
    pub fn value(&self) -> Element<'a> {
        self.value_element
    }

    /// The certificates in KeyInfo, DER, in order; nobody vouches for them.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// The Object elements, in order.
    #[must_use]
    pub fn objects(&self) -> &[Element<'a>] {
        &self.objects
    }

    /// Makes a canonical form for one of the references.
    ///
    /// # Errors
    /// [`DsigError::C14n`] when there is none, or when all of them together are too large.
    pub(super) fn canonical(
        &self,
        method: &Canonicalization,
        make: impl FnOnce(&Canonicalization) -> Result<Vec<u8>, C14nError>,
    ) -> Result<Vec<u8>, DsigError> {
        let octets = make(&method.clone().at_most(self.work.get()))?;
        self.work.set(self.work.get().saturating_sub(octets.len()));
        Ok(octets)
    }

    /// The public-key operation that is left: the signature over SignedInfo, by the signer's DER
    /// SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`DsigError::C14n`] when SignedInfo has no canonical form.
    pub fn obligation(&self, spki: &[u8]) -> Result<Obligation, DsigError> {
        Ok(Obligation {
            algorithm: self.algorithm,
            spki: spki.to_vec(),
            message: self.canonicalization.element(self.signed_info)?,
            signature: self.value.clone(),
            issued: false,
        })
    }
}

impl<'a> Reference<'a> {
    fn read(element: Element<'a>) -> Result<Self, DsigError> {
        let mut parts = Parts::of(element, "Reference")?;
        let transforms = match parts.optional("Transforms") {
            Some(list) => Parts::of(list, "Transforms")?.rest("Transform", MAX_TRANSFORMS)?,
            None => Vec::new(),
        };
        let method = algorithm_of(parts.next("DigestMethod")?)?;
        let digest = base64(parts.next("DigestValue")?)?;
        parts.end()?;
        Ok(Self {
            element,
            transforms: transforms.into_iter().map(Transform::read).collect::<Result<_, _>>()?,
            digest_method: DigestMethod::from_uri(method).ok_or_else(|| refused(method))?,
            digest,
        })
    }

    /// What it names: empty for the document around the signature, `#id` for an element of it.
    /// `None`: there is no such attribute.
    #[must_use]
    pub fn uri(&self) -> Option<&'a str> {
        self.element.attribute("URI")
    }

    /// The kind of what it names, a URI.
    #[must_use]
    pub fn kind(&self) -> Option<&'a str> {
        self.element.attribute("Type")
    }

    /// Its own id.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.element.attribute("Id")
    }

    /// The steps to what is digested, in order.
    #[must_use]
    pub fn transforms(&self) -> &[Transform] {
        &self.transforms
    }

    /// How it is digested.
    #[must_use]
    pub fn digest_method(&self) -> DigestMethod {
        self.digest_method
    }

    /// The digest that was signed.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }
}

impl Transform {
    /// Its identifier.
    #[must_use]
    pub fn uri(&self) -> String {
        match self {
            Self::Base64 => BASE64.to_owned(),
            Self::Canonicalization(method) => method.uri(),
            Self::Enveloped => ENVELOPED.to_owned(),
        }
    }

    fn read(element: Element<'_>) -> Result<Self, DsigError> {
        let simple = match element.attribute("Algorithm") {
            Some(BASE64) => Self::Base64,
            Some(ENVELOPED) => Self::Enveloped,
            _ => return canonicalization(element).map(Self::Canonicalization),
        };
        algorithm_of(element).map(|_| simple)
    }
}

/// The certificates in a KeyInfo, DER.
pub(super) fn certificates(key_info: Element<'_>) -> Result<Vec<Vec<u8>>, DsigError> {
    key_info
        .children_named(NAMESPACE, "X509Data")
        .flat_map(|data| data.children_named(NAMESPACE, "X509Certificate"))
        .take(MAX_CERTIFICATES)
        .map(base64)
        .collect()
}

/// The children of an element, taken in the order that its schema has; nothing but white space
/// and comments may stand between them.
struct Parts<'a> {
    children: std::vec::IntoIter<Element<'a>>,
    of: &'static str,
}

impl<'a> Parts<'a> {
    fn of(parent: Element<'a>, of: &'static str) -> Result<Self, DsigError> {
        let stray = parent.nodes().any(|node| match node {
            Node::Text(text) => !text.chars().all(is_space),
            Node::ProcessingInstruction { .. } => true,
            Node::Comment(_) | Node::Element(_) => false,
        });
        if stray {
            return Err(DsigError::Malformed(of));
        }
        let children: Vec<Element<'a>> = parent.children().collect();
        Ok(Self { children: children.into_iter(), of })
    }

    fn next(&mut self, name: &'static str) -> Result<Element<'a>, DsigError> {
        self.optional(name).ok_or(DsigError::Malformed(name))
    }

    fn optional(&mut self, name: &str) -> Option<Element<'a>> {
        let first = self.children.as_slice().first()?;
        first.is(NAMESPACE, name).then(|| self.children.next())?
    }

    /// All that are left, when each has this name.
    fn rest(self, name: &'static str, most: usize) -> Result<Vec<Element<'a>>, DsigError> {
        let rest: Vec<Element<'a>> = self.children.collect();
        let right = rest.len() <= most && rest.iter().all(|child| child.is(NAMESPACE, name));
        if right { Ok(rest) } else { Err(DsigError::Malformed(name)) }
    }

    fn end(mut self) -> Result<(), DsigError> {
        self.children.next().map_or(Ok(()), |_| Err(DsigError::Malformed(self.of)))
    }
}

/// A canonicalization method, with its prefix list if it is an exclusive one that has one.
fn canonicalization(element: Element<'_>) -> Result<Canonicalization, DsigError> {
    let uri = element.attribute("Algorithm").ok_or(DsigError::Malformed("Algorithm"))?;
    let method = Canonicalization::from_uri(uri).ok_or_else(|| refused(uri))?;
    let mut children = element.children();
    let Some(prefixes) = children.next() else { return Ok(method) };
    let exclusive = Canonicalization::exclusive().uri();
    let malformed = DsigError::Malformed("InclusiveNamespaces");
    if !prefixes.is(&exclusive, "InclusiveNamespaces")
        || !uri.starts_with(&exclusive)
        || children.next().is_some()
    {
        return Err(malformed);
    }
    let list = prefixes.attribute("PrefixList").ok_or(malformed)?;
    Ok(method.with_inclusive_prefixes(list.split_ascii_whitespace()))
}

/// The identifier of an algorithm without parameters.
fn algorithm_of(element: Element<'_>) -> Result<&str, DsigError> {
    if element.children().next().is_some() {
        return Err(DsigError::Malformed("Algorithm"));
    }
    element.attribute("Algorithm").ok_or(DsigError::Malformed("Algorithm"))
}

fn refused(uri: &str) -> DsigError {
    DsigError::AlgorithmRefused(uri.to_owned())
}

/// Base64 as XML Schema has it: white space anywhere.
pub(super) fn base64(element: Element<'_>) -> Result<Vec<u8>, DsigError> {
    if element.children().next().is_some() {
        return Err(DsigError::Malformed("base64"));
    }
    decode(&element.text())
}

/// Base64 with white space anywhere.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, DsigError> {
    let text: String = text.chars().filter(|c| !is_space(*c)).collect();
    Base64::decode_vec(&text).map_err(|_| DsigError::Malformed("base64"))
}

/// The base64 transform (section 6.6.2).
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
const MAX_CERTIFICATES: usize = 32;
const MAX_OBJECTS: usize = 32;
const MAX_REFERENCES: usize = 32;
const MAX_TRANSFORMS: usize = 8;
