use base64ct::{Base64, Encoding as _};
use wardkey_xml::{
    Canonicalization, Document, Element, ElementBuilder, Limits,
    dsig::{self, DsigError},
    insert_last_child,
};

use super::{NAMESPACE, XadesError};

/// What a timestamp over a XAdES signature is over: the canonical SignatureValue (ETSI EN 319
/// 132-1, section 5.3).
///
/// # Errors
/// [`XadesError::Malformed`] when it is no XAdES signature, or has a timestamp.
pub fn timestamp_imprint(xades: &[u8]) -> Result<Vec<u8>, XadesError> {
    let document = Document::parse(xades, &Limits::DEFAULT)?;
    let value = signature(&document)?.only_child(dsig::NAMESPACE, "SignatureValue");
    let value = value.ok_or(XadesError::Malformed)?;
    Ok(Canonicalization::exclusive().element(value).map_err(DsigError::from)?)
}

/// A B-T signature: a B-B one with a timestamp's token, DER.
///
/// # Errors
/// [`XadesError::Malformed`] when it is no XAdES signature, or has a timestamp.
pub fn with_timestamp(xades: &[u8], token: &[u8]) -> Result<Vec<u8>, XadesError> {
    let document = Document::parse(xades, &Limits::DEFAULT)?;
    let properties = qualifying_properties(signature(&document)?).ok_or(XadesError::Malformed)?;
    let method = ElementBuilder::new("ds:CanonicalizationMethod")
        .namespace("ds", dsig::NAMESPACE)
        .attribute("Algorithm", Canonicalization::exclusive().uri());
    let timestamp = ElementBuilder::new("xades:SignatureTimeStamp").child(method).child(
        ElementBuilder::new("xades:EncapsulatedTimeStamp").text(Base64::encode_string(token)),
    );
    let unsigned = ElementBuilder::new("xades:UnsignedProperties")
        .namespace("xades", NAMESPACE)
        .child(ElementBuilder::new("xades:UnsignedSignatureProperties").child(timestamp));
    let fragment = unsigned.to_xml()?;
    insert_last_child(xades, properties, &fragment).ok_or(XadesError::Malformed)
}

/// The signature of a document that is ours: its root, or the root's one child of that name.
fn signature(document: &Document) -> Result<Element<'_>, XadesError> {
    let root = document.root();
    let found = match root.is(dsig::NAMESPACE, "Signature") {
        true => Some(root),
        false => root.only_child(dsig::NAMESPACE, "Signature"),
    };
    let found = found.ok_or(XadesError::Malformed)?;
    let properties = qualifying_properties(found).ok_or(XadesError::Malformed)?;
    match properties.child(NAMESPACE, "UnsignedProperties") {
        None => Ok(found),
        Some(_) => Err(XadesError::Malformed),
    }
}

fn qualifying_properties(signature: Element<'_>) -> Option<Element<'_>> {
    signature
        .children_named(dsig::NAMESPACE, "Object")
        .find_map(|object| object.child(NAMESPACE, "QualifyingProperties"))
}
