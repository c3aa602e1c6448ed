mod attributes;
mod builder;
mod scanner;

use attributes::RawAttribute;
use builder::Builder;
use scanner::Scanner;

use crate::{Document, Limits, XmlError, XmlErrorKind, character::is_space};

impl Document {
    /// Reads a document: XML 1.0 with namespaces, UTF-8 with or without a byte order mark.
    ///
    /// Line ends and attribute values are normalised as XML 1.0 prescribes (sections 2.11 and
    /// 3.3.3); CDATA sections become character data.
    ///
    /// # Errors
    /// [`XmlError`] when the octets are not well formed, exceed a limit, or hold a document type
    /// declaration.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, XmlError> {
        if octets.len() > limits.bytes.min(Limits::MAX_BYTES) {
            return Err(XmlError::new(XmlErrorKind::TooLarge, 0));
        }
        let text = std::str::from_utf8(octets)
            .map_err(|error| XmlError::new(XmlErrorKind::NotUtf8, error.valid_up_to()))?;
        let (scanner, builder) = (Scanner::new(text), Builder::new(limits));
        let mut parser = Parser { scanner, builder, attributes: Vec::new() };
        parser.scanner.eat(BYTE_ORDER_MARK);
        parser.declaration()?;
        parser.outside(false)?;
        parser.element_and_content()?;
        parser.outside(true)?;
        parser.builder.finish(parser.scanner.offset())
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    builder: Builder,
    /// Of the start tag that is read, in place of those of the last.
    attributes: Vec<RawAttribute<'a>>,
}

impl Parser<'_> {
    /// `XMLDecl?` (production 23).
    fn declaration(&mut self) -> Result<(), XmlError> {
        if !self.scanner.rest().strip_prefix("<?xml").is_some_and(|rest| rest.starts_with(is_space))
        {
            return Ok(());
        }
        self.scanner.eat("<?xml");
        self.scanner.space()?;
        if self.scanner.pseudo_attribute("version")?.as_deref() != Some("1.0") {
            return Err(self.scanner.error(XmlErrorKind::UnsupportedVersion));
        }
        let mut spaced = self.scanner.skip_space();
        if let Some(encoding) = self.scanner.pseudo_attribute("encoding")? {
            if !spaced {
                return Err(self.scanner.error(XmlErrorKind::Malformed));
            }
            if !encoding.eq_ignore_ascii_case("UTF-8") {
                return Err(self.scanner.error(XmlErrorKind::NotUtf8));
            }
            spaced = self.scanner.skip_space();
        }
        if let Some(standalone) = self.scanner.pseudo_attribute("standalone")? {
            if !spaced || !matches!(standalone.as_str(), "yes" | "no") {
                return Err(self.scanner.error(XmlErrorKind::Malformed));
            }
            self.scanner.skip_space();
        }
        self.scanner.expect("?>")
    }

    /// `Misc*` (production 27), before or after the root element.
    fn outside(&mut self, after: bool) -> Result<(), XmlError> {
        loop {
            self.scanner.skip_space();
            if self.scanner.rest().starts_with("<!--") || self.scanner.rest().starts_with("<?") {
                self.comment_or_instruction()?;
            } else if self.scanner.rest().starts_with("<!DOCTYPE") {
                return Err(self.scanner.error(XmlErrorKind::Doctype));
            } else if after && !self.scanner.rest().is_empty() {
                return Err(self.scanner.error(XmlErrorKind::TrailingContent));
            } else {
                return Ok(());
            }
        }
    }

    /// The root element with everything in it (productions 39 to 44).
    fn element_and_content(&mut self) -> Result<(), XmlError> {
        self.start_tag()?;
        while self.builder.is_open() {
            let offset = self.scanner.offset();
            match self.scanner.rest().as_bytes() {
                [] => return Err(self.scanner.error(XmlErrorKind::UnexpectedEnd)),
                [b'<', b'/', ..] => self.end_tag()?,
                [b'<', b'?', ..] | [b'<', b'!', b'-', b'-', ..] => self.comment_or_instruction()?,
                [b'<', b'!', b'[', ..] => {
                    let text = self.scanner.cdata()?;
                    self.builder.text(text, offset)?;
                }
                [b'<', ..] => self.start_tag()?,
                _ => {
                    let text = self.scanner.character_data()?;
                    self.builder.text(text, offset)?;
                }
            }
        }
        Ok(())
    }

    fn start_tag(&mut self) -> Result<(), XmlError> {
        let start = self.scanner.offset();
        if !self.scanner.eat("<") {
            let kind = if self.scanner.rest().is_empty() {
                XmlErrorKind::UnexpectedEnd
            } else {
                XmlErrorKind::Malformed
            };
            return Err(self.scanner.error(kind));
        }
        let name = self.scanner.name()?;
        let limit = self.builder.attribute_limit();
        attributes::read(&mut self.scanner, limit, &mut self.attributes)?;
        self.builder.open(name, &mut self.attributes, start)?;
        if self.scanner.eat("/>") {
            self.builder.close(None, self.scanner.offset());
            Ok(())
        } else {
            self.scanner.expect(">")
        }
    }

    fn end_tag(&mut self) -> Result<(), XmlError> {
        let start = self.scanner.offset();
        self.scanner.expect("</")?;
        let name = self.scanner.name()?;
        if !self.builder.innermost_is(name) {
            return Err(XmlError::new(XmlErrorKind::MismatchedTag, start));
        }
        self.scanner.skip_space();
        self.scanner.expect(">")?;
        self.builder.close(Some(start), self.scanner.offset());
        Ok(())
    }

    fn comment_or_instruction(&mut self) -> Result<(), XmlError> {
        let start = self.scanner.offset();
        if self.scanner.rest().starts_with("<!--") {
            let comment = self.scanner.comment()?;
            self.builder.comment(comment, start)
        } else {
            let (target, data) = self.scanner.processing_instruction()?;
            self.builder.processing_instruction(target, data, start)
        }
    }
}

const BYTE_ORDER_MARK: &str = "\u{FEFF}";

#[cfg(test)]
mod tests;
