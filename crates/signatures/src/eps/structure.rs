use wardkey_xml::{Document, Element, Node, XML_NAMESPACE, dsig};

use super::{EpsError, HL7, SigningTime};

/// The parts of one prescription, each found in exactly one place.
pub(super) struct Parts<'a> {
    /// The namespace that all of it is in: that of HL7, or none.
    pub(super) namespace: &'a str,
    pub(super) prescription: Element<'a>,
    /// The `id` with a `root` and no `extension`.
    pub(super) id: Element<'a>,
    pub(super) author: Element<'a>,
    pub(super) time: Element<'a>,
    pub(super) signing_time: SigningTime,
    pub(super) signature_text: Option<Element<'a>>,
    pub(super) agent_person: Element<'a>,
    pub(super) record_target: Element<'a>,
    pub(super) line_items: Vec<Element<'a>>,
}

impl<'a> Parts<'a> {
    pub(super) fn locate(document: &'a Document) -> Result<Self, EpsError> {
        refuse_preserved_space(document)?;
        // By local name, so that one in another namespace can't be taken for the other.
        let parent = only(document.elements().filter(|element| element.local() == PARENT), PARENT)?;
        let namespace = parent.namespace();
        if namespace != HL7 && !namespace.is_empty() {
            return Err(EpsError::Missing("ParentPrescription of HL7 v3"));
        }
        let child =
            |of: Element<'a>, local: &'static str| only(of.children_named(namespace, local), local);
        let record_target = child(parent, "recordTarget")?;
        let prescription = child(child(parent, "pertinentInformation1")?, "pertinentPrescription")?;
        let author = child(prescription, "author")?;
        let time = child(author, "time")?;
        let parts = Self {
            namespace,
            prescription,
            id: identifier(prescription, namespace)?,
            author,
            time,
            signing_time: SigningTime::parse(time.attribute("value").unwrap_or_default())?,
            signature_text: at_most_one(
                author.children_named(namespace, "signatureText"),
                "signatureText",
            )?,
            agent_person: child(author, "AgentPerson")?,
            record_target,
            line_items: line_items(prescription, namespace)?,
        };
        parts.check_places(parent)?;
        for fragment in parts.signed() {
            check_content(fragment)?;
        }
        Ok(parts)
    }

    /// Whether there is a signature, or anything else in the signature's place.
    pub(super) fn is_signed(&self) -> bool {
        self.signature_text.is_some_and(|place| {
            place.nodes().any(|node| match node {
                Node::Text(text) => !is_blank(text),
                Node::Comment(_) => false,
                _ => true,
            })
        })
    }

    /// Every element that is signed, in the order in which it is.
    pub(super) fn signed(&self) -> impl Iterator<Item = Element<'a>> {
        [self.time, self.id, self.agent_person, self.record_target]
            .into_iter()
            .chain(self.line_items.iter().copied())
    }

    /// Whether the node of a medicine changes after signing and is thus not signed: the first
    /// issue number and the status.
    pub(super) fn is_unsigned(&self, node: Node<'_>) -> bool {
        let Node::Element(element) = node else { return false };
        let parent = element.parent();
        let of_line_item =
            |parent: Option<Element<'_>>| parent.is_some_and(|of| of.local() == LINE_ITEM);
        let is_first_issue = element.is(self.namespace, "low")
            && parent.is_some_and(|parent| {
                parent.is(self.namespace, "repeatNumber") && of_line_item(parent.parent())
            });
        is_first_issue || (of_line_item(parent) && element.is(self.namespace, STATUS_HOLDER))
    }

    fn is_within_signature(&self, element: Element<'_>) -> bool {
        std::iter::successors(element.parent(), |element| element.parent())
            .any(|ancestor| Some(ancestor) == self.signature_text)
    }

    /// A second patient, medicine or signature somewhere else would be neither signed nor shown,
    /// but another reader might use it.
    fn check_places(&self, parent: Element<'a>) -> Result<(), EpsError> {
        let mut signatures = 0;
        for element in parent.descendants() {
            match element.local() {
                "recordTarget" if element != self.record_target => {
                    return Err(EpsError::Ambiguous("recordTarget"));
                }
                "pertinentPrescription" if element != self.prescription => {
                    return Err(EpsError::Ambiguous("pertinentPrescription"));
                }
                LINE_ITEM if !self.line_items.contains(&element) => {
                    return Err(EpsError::Misplaced(LINE_ITEM));
                }
                "Signature" if element.namespace() == dsig::NAMESPACE => {
                    signatures += 1;
                    if element.parent() != self.signature_text {
                        return Err(EpsError::Misplaced("Signature"));
                    }
                }
                _ => {}
            }
            if element.namespace() != self.namespace && !self.is_within_signature(element) {
                return Err(EpsError::Contested("an element of another namespace"));
            }
        }
        if signatures > 1 {
            return Err(EpsError::Ambiguous("Signature"));
        }
        for item in &self.line_items {
            check_status(*item, self.namespace)?;
        }
        Ok(())
    }
}

/// The element's own text, without what the signature leaves out: text that is only white space.
pub(super) fn signed_text(element: Element<'_>) -> String {
    element
        .nodes()
        .filter_map(|node| match node {
            Node::Text(text) if !is_blank(text) => Some(text),
            _ => None,
        })
        .collect()
}

/// Whether a text is only white space as XML has it.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// The one element there is.
pub(super) fn only<'a>(
    elements: impl Iterator<Item = Element<'a>>,
    name: &'static str,
) -> Result<Element<'a>, EpsError> {
    at_most_one(elements, name)?.ok_or(EpsError::Missing(name))
}

/// The one element there is, if there is one.
pub(super) fn at_most_one<'a>(
    mut elements: impl Iterator<Item = Element<'a>>,
    name: &'static str,
) -> Result<Option<Element<'a>>, EpsError> {
    let first = elements.next();
    if elements.next().is_some() { Err(EpsError::Ambiguous(name)) } else { Ok(first) }
}

/// One implementation signs the first id, another the one without an extension.
fn identifier<'a>(prescription: Element<'a>, namespace: &str) -> Result<Element<'a>, EpsError> {
    let ids = || prescription.children_named(namespace, "id");
    let id = only(ids().filter(|id| id.attribute("extension").is_none()), "id without extension")?;
    if ids().next() != Some(id) {
        return Err(EpsError::Contested("an id with extension before the one without"));
    }
    if id.attribute("root").is_none_or(str::is_empty) {
        return Err(EpsError::Missing("root of the prescription's id"));
    }
    Ok(id)
}

fn line_items<'a>(
    prescription: Element<'a>,
    namespace: &str,
) -> Result<Vec<Element<'a>>, EpsError> {
    let holders = || prescription.children_named(namespace, "pertinentInformation2");
    if holders().count() > MAX_LINE_ITEMS {
        return Err(EpsError::TooManyItems);
    }
    let items: Vec<_> = holders()
        .map(|holder| only(holder.children_named(namespace, LINE_ITEM), LINE_ITEM))
        .collect::<Result<_, _>>()?;
    if items.is_empty() { Err(EpsError::Missing(LINE_ITEM)) } else { Ok(items) }
}

/// What goes with the status is not signed, so nothing that anybody reads may go with it. One
/// implementation knows it by its own name, another by that of the element around it.
fn check_status(item: Element<'_>, namespace: &str) -> Result<(), EpsError> {
    for child in item.children() {
        let statuses = child.children_named(namespace, STATUS).count();
        let is_holder = child.is(namespace, STATUS_HOLDER);
        if is_holder != (statuses == 1) || (statuses > 1) {
            return Err(EpsError::Contested("an item status outside of pertinentInformation4"));
        }
        if is_holder && child.children().any(|part| !STATUS_PARTS.contains(&part.local())) {
            return Err(EpsError::Contested("something beside an item status"));
        }
    }
    Ok(())
}

/// One implementation signs a processing instruction, another drops it; one signs text where it
/// stands, another before the elements beside it.
fn check_content(fragment: Element<'_>) -> Result<(), EpsError> {
    for element in fragment.descendants() {
        if element.children().next().is_some() && !is_blank(&element.text()) {
            return Err(EpsError::Contested("text beside elements"));
        }
        if element.nodes().any(|node| matches!(node, Node::ProcessingInstruction { .. })) {
            return Err(EpsError::Contested("a processing instruction"));
        }
    }
    Ok(())
}

/// `xml:space` would keep white space that the signature otherwise leaves out (XSLT 1.0,
/// section 3.4).
fn refuse_preserved_space(document: &Document) -> Result<(), EpsError> {
    let preserves = |element: Element<'_>| {
        element.attribute_in(XML_NAMESPACE, "space").is_some_and(|value| value == "preserve")
    };
    if document.elements().any(preserves) {
        return Err(EpsError::Contested("xml:space"));
    }
    Ok(())
}

const LINE_ITEM: &str = "pertinentLineItem";
/// Many times the four that a prescription may have, so that old and odd ones are read too.
const MAX_LINE_ITEMS: usize = 64;
const PARENT: &str = "ParentPrescription";
const STATUS: &str = "pertinentItemStatus";
const STATUS_HOLDER: &str = "pertinentInformation4";
/// All that may stand in the holder of a status.
const STATUS_PARTS: [&str; 3] = ["seperatableInd", "templateId", STATUS];
