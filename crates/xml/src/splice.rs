use crate::Element;

/// The octets of a document with `fragment` put in as the last child of an element; everything
/// else stays as it is, octet for octet. `source` is what the element's document was parsed from.
///
/// `None`: `source` is shorter than the document that was parsed.
#[must_use]
pub fn insert_last_child(source: &[u8], element: Element<'_>, fragment: &str) -> Option<Vec<u8>> {
    let (mut head, tail) = split_before_end(source, element)?;
    head.reserve(fragment.len() + tail.len());
    head.extend_from_slice(fragment.as_bytes());
    head.extend_from_slice(&tail);
    Some(head)
}

/// What stands before and after the place where a last child of the element would stand, for who
/// will know that child later.
///
/// `None`: `source` is shorter than the document that was parsed.
#[must_use]
pub fn split_before_end(source: &[u8], element: Element<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    if let Some(end_tag) = element.end_tag() {
        return Some((source.get(..end_tag)?.to_vec(), source.get(end_tag..)?.to_vec()));
    }
    // An empty-element tag: its `/>` becomes `>` with an end tag.
    let end = element.source_range().end;
    let mut head = source.get(..end.checked_sub(EMPTY_CLOSE.len())?)?.to_vec();
    head.push(b'>');
    let name = match element.prefix() {
        "" => element.local().to_owned(),
        prefix => format!("{prefix}:{}", element.local()),
    };
    let mut tail = format!("</{name}>").into_bytes();
    tail.extend_from_slice(source.get(end..)?);
    Some((head, tail))
}

const EMPTY_CLOSE: &str = "/>";
