use wardkey_xml::{
    Element,
    dsig::{Coverage, Detached, Reference, Signature, Transform},
};

use super::{finding, malformed};
use crate::{Document, judgement::Finding};

/// A document that is covered whole.
pub(super) struct Covered {
    /// Its digest, as it was signed.
    pub(super) digest: Vec<u8>,
}

/// Checks every reference, and that together they cover the signed properties and all of the
/// document: around the signature, inside of it, or beside it.
pub(super) fn check(
    signature: &Signature<'_>,
    properties: Option<Element<'_>>,
    detached: Option<Document<'_>>,
) -> Result<Covered, Finding> {
    let beside = detached.map(|document| match document {
        Document::Octets(octets) => Detached::Octets(octets),
        Document::Digest(digest) => Detached::Digest(digest),
    });
    let names_beside = |reference: &Reference<'_>| {
        reference.uri().is_some_and(|uri| !uri.is_empty() && !uri.starts_with('#'))
    };
    let outside = signature.references().iter().filter(|r| names_beside(r)).count();
    match (outside, beside) {
        (0, Some(_)) => return Err(malformed("it names no document beside it")),
        (1, None) => return Err(Finding::failed("digest", "Document is missing")),
        (0 | 1, _) => {}
        _ => return Err(malformed("it names more than one document beside it")),
    }
    let covered = signature
        .references()
        .iter()
        .map(|reference| reference.check(signature, beside).map_err(|error| finding(&error)))
        .collect::<Result<Vec<_>, _>>()?;
    let all = || signature.references().iter().zip(&covered);

    let of_properties = |reference: &Reference<'_>, coverage: &Coverage<'_>| {
        let octet_for_octet =
            reference.transforms().iter().all(|t| matches!(t, Transform::Canonicalization(_)));
        properties.is_some_and(|signed| *coverage == Coverage::Element(signed)) && octet_for_octet
    };
    if properties.is_some() && all().filter(|(r, c)| of_properties(r, c)).count() != 1 {
        let reason = "Signed properties are not signed";
        return Err(Finding::failed("signedProperties", reason));
    }

    let root = signature.element().document().root();
    let part = || Finding::failed("coverage", "Signature covers only a part of the document");
    for object in signature.objects() {
        let holds_properties = properties.is_some_and(|signed| {
            signed.parent().and_then(Element::parent) == Some(*object)
                && object.children().count() == 1
        });
        let is_covered = covered.iter().any(|coverage| match coverage {
            Coverage::Element(element) | Coverage::Octets(element) => element == object,
            _ => false,
        });
        if !is_covered && !holds_properties {
            return Err(part());
        }
    }
    let is_root = signature.element() == root;
    let is_document = |coverage: &Coverage<'_>| match coverage {
        Coverage::Detached => is_root,
        Coverage::Document => true,
        Coverage::Element(element) if !is_root => *element == root,
        Coverage::Element(element) | Coverage::Octets(element) => {
            is_root && signature.objects().contains(element)
        }
    };
    let document = all().find(|(_, coverage)| is_document(coverage));
    let (reference, _) = document.ok_or_else(part)?;
    Ok(Covered { digest: reference.digest().to_vec() })
}
