use super::scanner::Scanner;
use crate::{XmlError, XmlErrorKind};

/// An attribute as written: its qualified name, its normalised value and its place.
pub(super) struct RawAttribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: String,
    pub(super) offset: usize,
}

/// The attributes of a start tag, up to its `>` or `/>`; at most `limit` of them.
pub(super) fn read<'a>(
    scanner: &mut Scanner<'a>,
    limit: usize,
) -> Result<Vec<RawAttribute<'a>>, XmlError> {
    let mut attributes: Vec<RawAttribute<'a>> = Vec::new();
    loop {
        let spaced = scanner.skip_space();
        let rest = scanner.rest();
        if rest.starts_with('>') || rest.starts_with("/>") {
            return Ok(attributes);
        }
        if rest.is_empty() {
            return Err(scanner.error(XmlErrorKind::UnexpectedEnd));
        }
        if !spaced {
            return Err(scanner.error(XmlErrorKind::Malformed));
        }
        if attributes.len() >= limit {
            return Err(scanner.error(XmlErrorKind::TooManyAttributes));
        }
        let offset = scanner.offset();
        let name = scanner.name()?;
        if attributes.iter().any(|attribute| attribute.name == name) {
            return Err(XmlError::new(XmlErrorKind::DuplicateAttribute, offset));
        }
        scanner.equals()?;
        let value = scanner.attribute_value()?;
        attributes.push(RawAttribute { name, value, offset });
    }
}
