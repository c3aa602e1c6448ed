use wardkey_xml::{Canonicalization, Element, Node};

use super::{
    EpsError, HL7,
    structure::{Parts, is_blank},
};

/// The octets that are digested: `FragmentsToBeHashed`, in no namespace, with a `Fragment` for
/// author's time and prescription's id, author, patient, and each medicine; exclusive
/// canonicalization without comments, white space between elements dropped.
pub(super) fn canonical(parts: &Parts<'_>) -> Result<Vec<u8>, EpsError> {
    let mut out = b"<FragmentsToBeHashed>".to_vec();
    fragment(&mut out, parts, &[parts.time, parts.id])?;
    fragment(&mut out, parts, &[parts.agent_person])?;
    fragment(&mut out, parts, &[parts.record_target])?;
    for item in &parts.line_items {
        fragment(&mut out, parts, &[*item])?;
    }
    out.extend_from_slice(b"</FragmentsToBeHashed>");
    Ok(out)
}

fn fragment(
    out: &mut Vec<u8>,
    parts: &Parts<'_>,
    elements: &[Element<'_>],
) -> Result<(), EpsError> {
    out.extend_from_slice(b"<Fragment>");
    for element in elements {
        let left = Canonicalization::MAX_BYTES.saturating_sub(out.len());
        out.extend_from_slice(&copy(parts, *element, left)?);
    }
    out.extend_from_slice(b"</Fragment>");
    Ok(())
}

/// Each copy is an apex of its own: around it stand only elements in no namespace. All of them
/// together are no larger than one may be.
fn copy(parts: &Parts<'_>, element: Element<'_>, left: usize) -> Result<Vec<u8>, EpsError> {
    let keep = |node: Node<'_>| match node {
        Node::Text(text) => !is_blank(text),
        node => !parts.is_unsigned(node),
    };
    let method = Canonicalization::exclusive().at_most(left);
    let mut octets = method.element_filtered(element, &keep)?;
    if parts.namespace.is_empty() {
        // All of it is in no namespace, so one declaration after the name puts all of it into
        // that of HL7.
        let declaration = format!(" xmlns=\"{HL7}\"");
        let name_end = "<".len() + element.local().len();
        octets.splice(name_end..name_end, declaration.into_bytes());
    }
    Ok(octets)
}
