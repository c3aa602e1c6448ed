use base64ct::{Base64, Encoding as _};
use wardkey_crypto::SignatureAlgorithm;

use super::{DigestMethod, DsigError, NAMESPACE, Transform, signature_method_uri};
use crate::{Canonicalization, Document, ElementBuilder, Limits, character::is_name};

/// A Reference to be written (XML Signature 1.1, section 4.4.3).
#[derive(Clone, Debug, Default)]
pub struct NewReference {
    /// Its own id.
    pub id: Option<String>,
    /// What it names, as [`Reference::uri`](super::Reference::uri).
    pub uri: String,
    /// The kind of what it names, a URI.
    pub kind: Option<&'static str>,
    /// The steps to what is digested.
    pub transforms: Vec<Transform>,
    /// The digest, as [`reference_digest`] makes it.
    pub digest: Vec<u8>,
}

/// A Signature element that waits for the key's signature.
#[derive(Clone, Debug)]
pub struct Unsigned {
    id: Option<String>,
    signed_info: String,
    to_be_signed: Vec<u8>,
    objects: String,
}

/// The digest for a reference of a signature with this algorithm: by the same hash.
///
/// # Errors
/// [`DsigError::AlgorithmRefused`] for SHA-1.
pub fn reference_digest(
    algorithm: SignatureAlgorithm,
    octets: &[u8],
) -> Result<Vec<u8>, DsigError> {
    Ok(digest_method(algorithm)?.digest(octets))
}

impl Unsigned {
    /// A signature over these references, in this order, with Object elements of this content;
    /// SignedInfo is canonicalized exclusively. The prefix `ds` is bound inside.
    ///
    /// # Errors
    /// [`DsigError::AlgorithmRefused`] for SHA-1, [`DsigError::Xml`] when a part can't be written.
    pub fn new(
        id: Option<&str>,
        algorithm: SignatureAlgorithm,
        references: &[NewReference],
        objects: Vec<ElementBuilder>,
    ) -> Result<Self, DsigError> {
        let method = digest_method(algorithm)?;
        if id.is_some_and(|id| id.is_empty() || !id.chars().all(is_name)) {
            return Err(DsigError::IdMissing);
        }
        let signed_info = ElementBuilder::new("ds:SignedInfo")
            .child(of_algorithm("CanonicalizationMethod", Canonicalization::exclusive().uri()))
            .child(of_algorithm(
                "SignatureMethod",
                signature_method_uri(algorithm).ok_or_else(|| refused(algorithm))?,
            ))
            .children(references.iter().map(|reference| reference.to_element(method)));
        let alone = signed_info.clone().namespace(PREFIX, NAMESPACE).to_xml()?;
        let alone = Document::parse(alone.as_bytes(), &Limits::MESSAGE)?;
        let objects = objects.iter().map(ElementBuilder::to_xml).collect::<Result<String, _>>()?;
        Ok(Self {
            id: id.map(str::to_owned),
            signed_info: signed_info.to_xml()?,
            to_be_signed: Canonicalization::exclusive().document(&alone)?,
            objects,
        })
    }

    /// The octets to sign: the canonical SignedInfo.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// The Signature element; `signature` is RSA's as it is, ECDSA's as `r || s`, and the
    /// certificates, the signer's first, are in DER.
    #[must_use]
    pub fn assemble<'c>(
        &self,
        signature: &[u8],
        certificates: impl IntoIterator<Item = &'c [u8]>,
    ) -> String {
        let Self { id, signed_info, objects, .. } = self;
        let id = id.as_ref().map_or_else(String::new, |id| format!(" Id=\"{id}\""));
        let value = Base64::encode_string(signature);
        let certificates: String = certificates
            .into_iter()
            .map(|der| {
                let der = Base64::encode_string(der);
                format!("<ds:X509Certificate>{der}</ds:X509Certificate>")
            })
            .collect();
        let key_info = match certificates.as_str() {
            "" => String::new(),
            _ => format!("<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>"),
        };
        format!(
            "<ds:Signature xmlns:ds=\"{NAMESPACE}\"{id}>{signed_info}\
             <ds:SignatureValue>{value}</ds:SignatureValue>{key_info}{objects}\
             </ds:Signature>"
        )
    }
}

impl NewReference {
    fn to_element(&self, method: DigestMethod) -> ElementBuilder {
        let transforms = self.transforms.iter().map(|step| of_algorithm("Transform", step.uri()));
        let transforms = match self.transforms.len() {
            0 => None,
            _ => Some(ElementBuilder::new("ds:Transforms").children(transforms)),
        };
        ElementBuilder::new("ds:Reference")
            .optional_attribute("Id", self.id.as_deref())
            .attribute("URI", &self.uri)
            .optional_attribute("Type", self.kind)
            .children(transforms)
            .child(of_algorithm("DigestMethod", method.uri()))
            .child(ElementBuilder::new("ds:DigestValue").text(Base64::encode_string(&self.digest)))
    }
}

fn of_algorithm(name: &str, uri: impl Into<String>) -> ElementBuilder {
    ElementBuilder::new(format!("{PREFIX}:{name}")).attribute("Algorithm", uri)
}

fn digest_method(algorithm: SignatureAlgorithm) -> Result<DigestMethod, DsigError> {
    let method = DigestMethod::of(algorithm.hash()).filter(|method| !method.is_legacy());
    method.ok_or_else(|| refused(algorithm))
}

fn refused(algorithm: SignatureAlgorithm) -> DsigError {
    DsigError::AlgorithmRefused(format!("{algorithm:?}"))
}

const PREFIX: &str = "ds";
