use crate::Element;

/// The octets of a document with `fragment` put in as the last child of an element; everything
/// else stays as it is, octet for octet. `source` is what the element's document was parsed from.
///
/// `None`: `source` is shorter than the document that was parsed.
#[must_use]
pub fn insert_last_child(source: &[u8], element: Element<'_>, fragment: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(source.len() + fragment.len());
    if let Some(end_tag) = element.end_tag() {
        out.extend_from_slice(source.get(..end_tag)?);
        out.extend_from_slice(fragment.as_bytes());
        out.extend_from_slice(source.get(end_tag..)?);
        return Some(out);
    }
    // An empty-element tag: its `/>` becomes `>` with an end tag.
    let end = element.source_range().end;
    out.extend_from_slice(source.get(..end.checked_sub(EMPTY_CLOSE.len())?)?);
    out.push(b'>');
    out.extend_from_slice(fragment.as_bytes());
    out.extend_from_slice(b"</");
    if !element.prefix().is_empty() {
        out.extend_from_slice(element.prefix().as_bytes());
        out.push(b':');
    }
    out.extend_from_slice(element.local().as_bytes());
    out.push(b'>');
    out.extend_from_slice(source.get(end..)?);
    Some(out)
}

const EMPTY_CLOSE: &str = "/>";
