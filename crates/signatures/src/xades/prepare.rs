use base64ct::{Base64, Encoding as _};
use wardkey_crypto::{Hash, SignatureAlgorithm};
use wardkey_xml::{
    Canonicalization, Document as XmlDocument, ElementBuilder, Limits,
    dsig::{self, NewReference, Transform, Unsigned, reference_digest},
    split_before_end,
};

use super::{SIGNED_PROPERTIES, XadesError, properties::Properties};
use crate::{Commitment, Document, certificate::CertificateParts};

/// What is to be signed, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The document.
    pub document: Document<'a>,
    /// Where the signature stands.
    pub packaging: Packaging<'a>,
    /// Whether it is XAdES B-B; otherwise it is a plain XML signature, which holds neither time
    /// nor commitment nor media type.
    pub baseline: bool,
    /// How the card signs.
    pub algorithm: SignatureAlgorithm,
    /// The signer's certificate, DER.
    pub certificate_der: &'a [u8],
    /// Certificates of authorities, DER, that travel along.
    pub chain: &'a [&'a [u8]],
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub signing_time: u64,
    /// What the signer commits to.
    pub commitment: Option<Commitment>,
    /// The document's media type.
    pub media_type: Option<&'a str>,
}

/// Where a signature stands (XML Signature 1.1, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packaging<'a> {
    /// Beside the document, which it names.
    Detached {
        /// The document's name; it is escaped to stand in a URI.
        name: &'a str,
    },
    /// In the document, which is XML, as the last child of its root.
    Enveloped,
    /// Around the document, which stands inside in base64, octet for octet.
    Enveloping,
}

/// A signature that waits for the card's.
#[derive(Clone, Debug)]
pub struct Prepared {
    head: Vec<u8>,
    tail: Vec<u8>,
    signature: Unsigned,
    algorithm: SignatureAlgorithm,
    certificates: Vec<Vec<u8>>,
}

/// Lays out SignedInfo: a reference to the document and, for XAdES, one to the signed properties
/// SigningTime, SigningCertificateV2, DataObjectFormat and, where it is asked for,
/// CommitmentTypeIndication.
///
/// # Errors
/// [`XadesError`] when document, certificate or time can't be used.
pub fn prepare(request: Request<'_>) -> Result<Prepared, XadesError> {
    let algorithm = request.algorithm;
    let key = CertificateParts::of(request.certificate_der).map(|parts| parts.key_kind);
    if key != Some(algorithm.key_kind()) || algorithm.is_legacy() {
        return Err(XadesError::Certificate);
    }
    let id = id_for(&request);
    let Packaged { head, tail, reference, object } = package(&request, &id)?;
    let mut objects: Vec<ElementBuilder> = object.into_iter().collect();
    let mut references = vec![NewReference { id: Some(format!("{id}-document")), ..reference }];
    if request.baseline {
        let properties = Properties {
            id: &id,
            certificate_der: request.certificate_der,
            signing_time: request.signing_time,
            commitment: request.commitment,
            media_type: request.media_type.unwrap_or("application/octet-stream"),
        };
        let (object, canonical) = properties.to_object()?;
        objects.push(object);
        references.push(NewReference {
            uri: format!("#{id}-properties"),
            kind: Some(SIGNED_PROPERTIES),
            transforms: vec![Transform::Canonicalization(Canonicalization::exclusive())],
            digest: reference_digest(algorithm, &canonical)?,
            ..NewReference::default()
        });
    }
    let signature = Unsigned::new(Some(&id), algorithm, &references, objects)?;
    let certificates = std::iter::once(&request.certificate_der).chain(request.chain);
    let certificates = certificates.map(|der| der.to_vec()).collect();
    Ok(Prepared { head, tail, signature, algorithm, certificates })
}

impl Prepared {
    /// The octets to sign: the canonical SignedInfo.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.signature.to_be_signed()
    }

    /// How to sign them.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The signature, or the document with the signature in it, in UTF-8; `signature` is RSA's as
    /// it is, ECDSA's as `r || s`.
    #[must_use]
    pub fn assemble(&self, signature: &[u8]) -> Vec<u8> {
        let certificates = self.certificates.iter().map(Vec::as_slice);
        let element = self.signature.assemble(signature, certificates);
        [&self.head, element.as_bytes(), &self.tail].concat()
    }
}

/// The document's part of a signature.
struct Packaged {
    /// What stands before the signature, and after it.
    head: Vec<u8>,
    tail: Vec<u8>,
    reference: NewReference,
    /// What stands inside of it.
    object: Option<ElementBuilder>,
}

fn package(request: &Request<'_>, id: &str) -> Result<Packaged, XadesError> {
    let digest = |octets: &[u8]| reference_digest(request.algorithm, octets);
    let alone = |reference, object| Packaged { head: vec![], tail: vec![], reference, object };
    let octets = match request.document {
        Document::Octets(octets) => Some(octets),
        Document::Digest(_) => None,
    };
    match request.packaging {
        Packaging::Detached { name } => {
            let digest = match request.document {
                Document::Octets(octets) => digest(octets)?,
                Document::Digest(digest) => digest.to_vec(),
            };
            if digest.len() != request.algorithm.hash().length() {
                return Err(XadesError::Digest);
            }
            let uri = Some(escaped(name)).filter(|uri| !uri.is_empty()).ok_or(XadesError::Name)?;
            Ok(alone(NewReference { uri, digest, ..NewReference::default() }, None))
        }
        Packaging::Enveloped => {
            let source = octets.ok_or(XadesError::Digest)?;
            let document = XmlDocument::parse(source, &Limits::DEFAULT)?;
            let root = document.root();
            let is_signature = root.is(dsig::NAMESPACE, SIGNATURE);
            if is_signature || root.child(dsig::NAMESPACE, SIGNATURE).is_some() {
                return Err(XadesError::Signed);
            }
            let method = Canonicalization::exclusive();
            let canonical = method.document(&document).map_err(dsig::DsigError::from)?;
            let reference = NewReference {
                digest: digest(&canonical)?,
                transforms: vec![Transform::Enveloped, Transform::Canonicalization(method)],
                ..NewReference::default()
            };
            let (head, tail) = split_before_end(source, root).ok_or(XadesError::Malformed)?;
            Ok(Packaged { head, tail, reference, object: None })
        }
        Packaging::Enveloping => {
            let octets = octets.ok_or(XadesError::Digest)?;
            let object = ElementBuilder::new("ds:Object")
                .attribute("Id", format!("{id}-object"))
                .optional_attribute("MimeType", request.media_type)
                .attribute("Encoding", Transform::Base64.uri())
                .text(Base64::encode_string(octets));
            let reference = NewReference {
                uri: format!("#{id}-object"),
                kind: Some(OBJECT),
                transforms: vec![Transform::Base64],
                digest: digest(octets)?,
                ..NewReference::default()
            };
            Ok(alone(reference, Some(object)))
        }
    }
}

/// An id that does not stand in the document: of what makes signatures differ.
fn id_for(request: &Request<'_>) -> String {
    let content = match request.document {
        Document::Octets(octets) | Document::Digest(octets) => octets,
    };
    let hash = |octets: &[u8]| Hash::Sha256.digest(octets).unwrap_or_default();
    let mut seed = hash(content);
    seed.extend_from_slice(request.certificate_der);
    seed.extend_from_slice(&request.signing_time.to_be_bytes());
    loop {
        seed = hash(&seed);
        let digits = base16ct::lower::encode_string(seed.get(..8).unwrap_or(&seed));
        let id = format!("signature-{digits}");
        if !content.windows(id.len()).any(|window| window == id.as_bytes()) {
            return id;
        }
    }
}

/// A name as one segment of a URI's path (RFC 3986, section 2.3).
fn escaped(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for octet in name.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            uri.push(char::from(octet));
        } else {
            uri.push_str(&format!("%{octet:02X}"));
        }
    }
    uri
}

/// The kind of a reference to an Object (XML Signature 1.1, section 4.5).
const OBJECT: &str = "http://www.w3.org/2000/09/xmldsig#Object";
const SIGNATURE: &str = "Signature";
