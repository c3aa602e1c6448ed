mod read;

use std::fmt;

use wardkey_xml::{ElementBuilder, XmlError};

/// A `gpOBJECT`: the list of named values that agent and server exchange at login.
///
/// ```
/// use wardkey_spine::GpObject;
///
/// let object = GpObject::read(b"<gpOBJECT><gpPARAM name=\"cn\">Tom & Co</gpPARAM></gpOBJECT>")?;
/// assert_eq!(object.params()[0].value(), "Tom & Co");
/// assert!(object.write()?.contains("Tom &amp; Co"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default, PartialEq, Eq)]
pub struct GpObject {
    params: Vec<GpParam>,
}

/// One named value of a [`GpObject`], with attributes beside the name.
#[derive(PartialEq, Eq)]
pub struct GpParam {
    name: String,
    attributes: Vec<(String, String)>,
    value: String,
}

/// Why octets are no `gpOBJECT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GpObjectError {
    /// A character that XML does not admit.
    #[error("gpOBJECT: character not admitted")]
    ForbiddenCharacter,
    /// A document type declaration with declarations inside it.
    #[error("gpOBJECT: document type with an internal subset")]
    InternalSubset,
    /// The markup is not that of a `gpOBJECT`.
    #[error("gpOBJECT: malformed at octet {0}")]
    Malformed(usize),
    /// Not UTF-8.
    #[error("gpOBJECT: not UTF-8")]
    NotUtf8,
    /// More octets or values than any message has.
    #[error("gpOBJECT: too large")]
    TooLarge,
}

impl GpObject {
    /// The largest object that is read, in octets.
    pub const MAX_BYTES: usize = 256 * 1024;
    /// The most values that are read.
    pub const MAX_PARAMS: usize = 512;

    /// Reads an object as servers send it, which is not always well-formed XML: an `&` that
    /// begins no reference stands for itself. A document type declaration is passed over, and
    /// what it points to is never fetched.
    ///
    /// # Errors
    /// [`GpObjectError`] when it is none, or too large.
    pub fn read(body: &[u8]) -> Result<Self, GpObjectError> {
        read::read(body)
    }

    /// Writes the object as well-formed XML, with the document type declaration that clients
    /// expect.
    ///
    /// # Errors
    /// [`XmlError`] when a value holds a character that cannot stand in XML.
    pub fn write(&self) -> Result<String, XmlError> {
        let mut out = String::from(PROLOG);
        out.push_str("<gpOBJECT>\n");
        for param in &self.params {
            let mut element = ElementBuilder::new("gpPARAM").attribute("name", &param.name);
            for (name, value) in &param.attributes {
                element = element.attribute(name, value);
            }
            // An empty text makes start and end tags, which readers by pattern rely on.
            out.push_str(&element.text(&param.value).to_xml()?);
            out.push('\n');
        }
        out.push_str("</gpOBJECT>\n");
        Ok(out)
    }

    /// The values, in order.
    #[must_use]
    pub fn params(&self) -> &[GpParam] {
        &self.params
    }

    /// All values of this name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a GpParam> {
        self.params.iter().filter(move |param| param.name == name)
    }

    /// With a value after those it has.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<String>) -> Self {
        self.with_attributes(name, &[], value)
    }

    /// With a value that has attributes after those it has.
    #[must_use]
    pub fn with_attributes(
        mut self,
        name: &str,
        attributes: &[(&str, &str)],
        value: impl Into<String>,
    ) -> Self {
        let attributes =
            attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        self.params.push(GpParam { name: name.to_owned(), attributes, value: value.into() });
        self
    }
}

impl GpParam {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The value of one of its attributes.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Shows names only: the values may be tickets.
impl fmt::Debug for GpObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.params.iter().map(|param| &param.name)).finish()
    }
}

/// Shows its name only: the value may be a ticket.
impl fmt::Debug for GpParam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GpParam").field("name", &self.name).finish_non_exhaustive()
    }
}

const PROLOG: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE USER SYSTEM \"gpOBJECT.DTD\">\n";

#[cfg(test)]
mod tests;
