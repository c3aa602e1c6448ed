use wardkey_xml::{Document, Element, ElementBuilder, Limits, dsig};

use super::{EpsError, structure::Parts};

/// The prescription with its signature in `pertinentPrescription/author/signatureText`, which has
/// to be empty and is put after `time` where there is none; every octet outside of that element
/// stays as it is.
///
/// # Errors
/// As [`Prescription::read`](super::Prescription::read); [`EpsError::AlreadySigned`];
/// [`EpsError::NotASignature`] when `signature_xml` is not one Signature element.
pub fn embed(prescription: &[u8], signature_xml: &[u8]) -> Result<Vec<u8>, EpsError> {
    let signature =
        Document::parse(signature_xml, &Limits::DEFAULT).map_err(|_| EpsError::NotASignature)?;
    if !signature.root().is(dsig::NAMESPACE, "Signature") {
        return Err(EpsError::NotASignature);
    }
    // Without an XML declaration or anything else that can't stand inside a document.
    let signature = &signature_xml[signature.root().source_range()];
    let document = Document::parse(prescription, &Limits::DEFAULT)?;
    let parts = Parts::locate(&document)?;
    if parts.is_signed() {
        return Err(EpsError::AlreadySigned);
    }
    let (range, empty) = match parts.signature_text {
        Some(place) => (place.source_range(), without_null_flavor(place)),
        None => {
            let after_time = parts.time.source_range().end;
            (after_time..after_time, ElementBuilder::new(named_as(parts.author, "signatureText")))
        }
    };
    let (start, end) = tags(&empty.to_xml()?);
    Ok([
        &prescription[..range.start],
        start.as_bytes(),
        signature,
        end.as_bytes(),
        &prescription[range.end..],
    ]
    .concat())
}

/// The element without its content; the `nullFlavor` of an unsigned message says that there is no
/// signature, so it goes.
fn without_null_flavor(element: Element<'_>) -> ElementBuilder {
    let mut start = ElementBuilder::new(named_as(element, element.local()));
    for declaration in element.declarations() {
        start = start.namespace(declaration.prefix(), declaration.uri());
    }
    for attribute in element.attributes() {
        let name = match attribute.prefix() {
            "" if attribute.local() == "nullFlavor" => continue,
            "" => attribute.local().to_owned(),
            prefix => format!("{prefix}:{}", attribute.local()),
        };
        start = start.attribute(name, attribute.value());
    }
    start
}

/// The tags around the content of an element that is written as an empty-element tag.
fn tags(empty: &str) -> (String, String) {
    let start = empty.trim_end_matches("/>");
    let name = start.trim_start_matches('<').split(' ').next().unwrap_or_default();
    (format!("{start}>"), format!("</{name}>"))
}

/// A name in the namespace of an element, good inside of it.
fn named_as(element: Element<'_>, local: &str) -> String {
    match element.prefix() {
        "" => local.to_owned(),
        prefix => format!("{prefix}:{local}"),
    }
}
