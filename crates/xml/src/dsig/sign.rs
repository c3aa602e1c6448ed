use base64ct::{Base64, Encoding as _};
use wardkey_crypto::SignatureAlgorithm;

use super::{
    DigestMethod, DsigError, ENVELOPED, NAMESPACE, Profile, signature_method_uri, unique_id,
};
use crate::{
    Canonicalization, Document, Element, ElementBuilder, Limits, splice::split_before_end,
};

/// A document whose signature is still to be made: [`Prepared::to_be_signed`] goes to the key,
/// and what it gives to [`Prepared::assemble`].
pub struct Prepared {
    head: Vec<u8>,
    tail: Vec<u8>,
    signed_info: String,
    to_be_signed: Vec<u8>,
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
    let method = match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::RsaPkcs1Sha256 => {
            signature_method_uri(algorithm)
        }
        _ => None,
    }
    .ok_or_else(|| DsigError::AlgorithmRefused(format!("{algorithm:?}")))?;
    let id = unique_id(element, profile)?;
    if element.child(NAMESPACE, "Signature").is_some() {
        return Err(DsigError::ManySignatures);
    }
    let digest = DigestMethod::Sha256.digest(&Canonicalization::exclusive().element(element)?);
    let signed_info = signed_info(id, method, &digest);
    let alone = signed_info.clone().namespace(PREFIX, NAMESPACE).to_xml()?;
    let alone = Document::parse(alone.as_bytes(), &Limits::MESSAGE)?;
    let (head, tail) = split_before_end(source, element)
        .ok_or(DsigError::Malformed("the source is not that of the element"))?;
    Ok(Prepared {
        head,
        tail,
        signed_info: signed_info.to_xml()?,
        to_be_signed: Canonicalization::exclusive().document(&alone)?,
    })
}

impl Prepared {
    /// The octets to sign: the canonical SignedInfo.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// The signed document: the source with the signature as the element's last child.
    ///
    /// `signature` is RSA's as it is, ECDSA's as `r || s`; `certificate` is the signer's in DER.
    #[must_use]
    pub fn assemble(self, signature: &[u8], certificate: Option<&[u8]>) -> Vec<u8> {
        let Self { head: mut out, tail, signed_info, .. } = self;
        let value = Base64::encode_string(signature);
        let key_info = certificate.map_or_else(String::new, |certificate| {
            let certificate = Base64::encode_string(certificate);
            format!(
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}\
                 </ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            )
        });
        let fragment = format!(
            "<ds:Signature xmlns:ds=\"{NAMESPACE}\">{signed_info}\
             <ds:SignatureValue>{value}</ds:SignatureValue>{key_info}</ds:Signature>"
        );
        out.extend_from_slice(fragment.as_bytes());
        out.extend_from_slice(&tail);
        out
    }
}

fn signed_info(id: &str, method: &str, digest: &[u8]) -> ElementBuilder {
    let exclusive = Canonicalization::exclusive().uri();
    let with_algorithm =
        |name: &str, uri: &str| ElementBuilder::new(name).attribute("Algorithm", uri);
    ElementBuilder::new("ds:SignedInfo")
        .child(with_algorithm("ds:CanonicalizationMethod", &exclusive))
        .child(with_algorithm("ds:SignatureMethod", method))
        .child(
            ElementBuilder::new("ds:Reference")
                .attribute("URI", format!("#{id}"))
                .child(
                    ElementBuilder::new("ds:Transforms")
                        .child(with_algorithm("ds:Transform", ENVELOPED))
                        .child(with_algorithm("ds:Transform", &exclusive)),
                )
                .child(with_algorithm("ds:DigestMethod", DigestMethod::Sha256.uri()))
                .child(ElementBuilder::new("ds:DigestValue").text(Base64::encode_string(digest))),
        )
}

const PREFIX: &str = "ds";
