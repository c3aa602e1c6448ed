use base64ct::{Base64, Encoding as _};
use wardkey_crypto::SignatureAlgorithm;
use wardkey_xml::{Canonicalization, Element, Node, dsig};

use super::structure::is_blank;

/// A Signature element, read and not yet judged.
pub(super) struct Signature {
    /// The canonical SignedInfo, white space between its elements left out: what was signed, where
    /// the file was laid out for reading afterwards.
    pub(super) signed_info: Vec<u8>,
    /// `None`: not an algorithm of ours.
    pub(super) algorithm: Option<SignatureAlgorithm>,
    pub(super) value: Vec<u8>,
    /// The DER encoding.
    pub(super) certificate: Vec<u8>,
}

/// Why there is no signature to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureError {
    /// A part is missing, unexpected or unreadable.
    Format,
    /// More than one certificate.
    ManyCertificates,
}

/// Reads the one signature inside of `signatureText`.
pub(super) fn read(place: Element<'_>) -> Result<Signature, SignatureError> {
    let [signature] = children(place)?;
    let signature = named(signature, "Signature")?;
    let [signed_info, value, key_info] = children(signature)?;
    let signed_info = named(signed_info, "SignedInfo")?;
    let value = named(value, "SignatureValue")?;
    let key_info = named(key_info, "KeyInfo")?;
    let certificates =
        key_info.descendants().filter(|element| element.local() == "X509Certificate").count();
    if certificates > 1 {
        return Err(SignatureError::ManyCertificates);
    }
    let [data] = children(key_info)?;
    let [certificate] = children(named(data, "X509Data")?)?;
    Ok(Signature {
        algorithm: signature_method(signed_info),
        signed_info: canonical(signed_info)?,
        value: base64(value)?,
        certificate: base64(named(certificate, "X509Certificate")?)?,
    })
}

fn canonical(signed_info: Element<'_>) -> Result<Vec<u8>, SignatureError> {
    let keep = |node: Node<'_>| !matches!(node, Node::Text(text) if is_blank(text));
    Canonicalization::exclusive()
        .element_filtered(signed_info, &keep)
        .map_err(|_| SignatureError::Format)
}

fn signature_method(signed_info: Element<'_>) -> Option<SignatureAlgorithm> {
    let method = signed_info.only_child(dsig::NAMESPACE, "SignatureMethod")?;
    dsig::signature_method(method.attribute("Algorithm")?)
}

/// The element's children, when they are this many and nothing but white space and comments
/// stands between them.
fn children<const N: usize>(of: Element<'_>) -> Result<[Element<'_>; N], SignatureError> {
    let foreign = |node| match node {
        Node::Text(text) => !is_blank(text),
        Node::Comment(_) | Node::Element(_) => false,
        _ => true,
    };
    if of.nodes().any(foreign) {
        return Err(SignatureError::Format);
    }
    let children: Vec<_> = of.children().collect();
    children.try_into().map_err(|_| SignatureError::Format)
}

fn named<'a>(element: Element<'a>, local: &str) -> Result<Element<'a>, SignatureError> {
    element.is(dsig::NAMESPACE, local).then_some(element).ok_or(SignatureError::Format)
}

/// Base64 on one line or many; nothing else may stand with it.
fn base64(element: Element<'_>) -> Result<Vec<u8>, SignatureError> {
    if element.nodes().any(|node| !matches!(node, Node::Text(_))) {
        return Err(SignatureError::Format);
    }
    let text: String = element.text().chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let octets = Base64::decode_vec(&text).map_err(|_| SignatureError::Format)?;
    if octets.is_empty() { Err(SignatureError::Format) } else { Ok(octets) }
}
