use super::scanner::Scanner;
use crate::{XmlError, XmlErrorKind};

/// An attribute as written: its qualified name, its normalised value and its place.
pub(super) struct RawAttribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: String,
    pub(super) offset: usize,
}

impl<'a> RawAttribute<'a> {
    /// The prefix that it binds (empty: the default); `None`: it is no namespace declaration.
    pub(super) fn binds(&self) -> Option<&'a str> {
        match self.name.strip_prefix("xmlns")? {
            "" => Some(""),
            rest => rest.strip_prefix(':'),
        }
    }
}

/// The attributes of a start tag, up to its `>` or `/>`; at most `limit` of them.
pub(super) fn read<'a>(
    scanner: &mut Scanner<'a>,
    limit: usize,
    attributes: &mut Vec<RawAttribute<'a>>,
) -> Result<(), XmlError> {
    attributes.clear();
    loop {
        let spaced = scanner.skip_space();
        match scanner.rest().as_bytes() {
            [b'>', ..] | [b'/', b'>', ..] => return Ok(()),
            [] => return Err(scanner.error(XmlErrorKind::UnexpectedEnd)),
            _ => {}
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
