use crate::{
    XmlError, XmlErrorKind,
    character::{is_char, split_qualified},
    escape,
};

/// An element to be written; what it is given is escaped, so that parsing gives it back.
///
/// ```
/// use wardkey_xml::ElementBuilder;
///
/// let xml = ElementBuilder::new("a")
///     .namespace("", "urn:x")
///     .attribute("n", "\"1\"")
///     .child(ElementBuilder::new("b").text("two & three"))
///     .to_xml()?;
/// assert_eq!(xml, r#"<a xmlns="urn:x" n="&quot;1&quot;"><b>two &amp; three</b></a>"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ElementBuilder {
    name: String,
    attributes: Vec<(String, String)>,
    content: Vec<Content>,
}

#[derive(Clone, Debug)]
enum Content {
    Cdata(String),
    Element(ElementBuilder),
    Text(String),
}

impl ElementBuilder {
    /// An element of this qualified name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), content: Vec::new() }
    }

    /// With a namespace declaration; the empty prefix stands for the default namespace.
    #[must_use]
    pub fn namespace(self, prefix: &str, uri: impl Into<String>) -> Self {
        let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        self.attribute(name, uri)
    }

    /// With an attribute of this qualified name.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// With an attribute when there is a value.
    #[must_use]
    pub fn optional_attribute(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    /// With character data after what it holds already.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(Content::Text(text.into()));
        self
    }

    /// With a CDATA section after what it holds already; a `]]>` inside is split over two.
    #[must_use]
    pub fn cdata(mut self, text: impl Into<String>) -> Self {
        self.content.push(Content::Cdata(text.into()));
        self
    }

    /// With an element after what it holds already.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.content.push(Content::Element(child));
        self
    }

    /// With elements after what it holds already.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.content.extend(children.into_iter().map(Content::Element));
        self
    }

    /// The element as XML on one line, without an XML declaration.
    ///
    /// # Errors
    /// [`XmlError`] when a name is not one, is given twice on one element, or a character cannot
    /// stand in XML; the offset is that of the octet in the output. Whether prefixes are bound is
    /// for whoever parses the result.
    pub fn to_xml(&self) -> Result<String, XmlError> {
        let mut out = String::new();
        self.write(&mut out)?;
        Ok(out)
    }

    /// The element as an XML document with its declaration.
    ///
    /// # Errors
    /// As [`ElementBuilder::to_xml`].
    pub fn to_document(&self) -> Result<String, XmlError> {
        let mut out = String::from(DECLARATION);
        self.write(&mut out)?;
        Ok(out)
    }

    fn write(&self, out: &mut String) -> Result<(), XmlError> {
        out.push('<');
        check_name(&self.name, out)?;
        out.push_str(&self.name);
        for (index, (name, value)) in self.attributes.iter().enumerate() {
            check_name(name, out)?;
            if self.attributes[..index].iter().any(|(other, _)| other == name) {
                return Err(XmlError::new(XmlErrorKind::DuplicateAttribute, out.len()));
            }
            check_characters(value, out)?;
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape::attribute(out, value);
            out.push('"');
        }
        if self.content.is_empty() {
            out.push_str("/>");
            return Ok(());
        }
        out.push('>');
        for content in &self.content {
            match content {
                Content::Element(child) => child.write(out)?,
                Content::Text(text) => {
                    check_characters(text, out)?;
                    escape::text(out, text);
                }
                Content::Cdata(text) => {
                    check_characters(text, out)?;
                    write_cdata(out, text);
                }
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
        Ok(())
    }
}

/// A carriage return would be read back as a line feed, so it stands outside as a reference.
fn write_cdata(out: &mut String, text: &str) {
    let text = text.replace("]]>", "]]]]><![CDATA[>").replace('\r', "]]>&#xD;<![CDATA[");
    out.push_str("<![CDATA[");
    out.push_str(&text);
    out.push_str("]]>");
}

fn check_name(name: &str, out: &str) -> Result<(), XmlError> {
    match split_qualified(name) {
        Some(_) => Ok(()),
        None => Err(XmlError::new(XmlErrorKind::MalformedName, out.len())),
    }
}

fn check_characters(text: &str, out: &str) -> Result<(), XmlError> {
    if text.chars().all(is_char) {
        return Ok(());
    }
    Err(XmlError::new(XmlErrorKind::ForbiddenCharacter, out.len()))
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

#[cfg(test)]
mod tests;
