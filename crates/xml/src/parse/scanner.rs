use crate::{
    XmlError, XmlErrorKind,
    character::{is_char, is_nc_name, is_space},
};

/// Reads the lexical constructs of XML 1.0, one after the other, and knows its place.
pub(super) struct Scanner<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    pub(super) fn error(&self, kind: XmlErrorKind) -> XmlError {
        XmlError::new(kind, self.offset)
    }

    /// Takes the token when it comes next, and says whether it did.
    #[inline]
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.offset += token.len();
        }
        found
    }

    #[inline]
    pub(super) fn expect(&mut self, token: &str) -> Result<(), XmlError> {
        if self.eat(token) {
            return Ok(());
        }
        let kind = if token.starts_with(self.rest()) {
            XmlErrorKind::UnexpectedEnd
        } else {
            XmlErrorKind::Malformed
        };
        Err(self.error(kind))
    }

    /// Takes white space, if any, and says whether there was some.
    pub(super) fn skip_space(&mut self) -> bool {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(is_space).len();
        self.offset += length;
        length > 0
    }

    pub(super) fn space(&mut self) -> Result<(), XmlError> {
        if self.skip_space() { Ok(()) } else { Err(self.error(XmlErrorKind::Malformed)) }
    }

    /// A name as written, up to a character that no name holds; the caller judges its parts.
    pub(super) fn name(&mut self) -> Result<&'a str, XmlError> {
        let rest = self.rest();
        let is_end = |octet| {
            matches!(octet, b'\t' | b'\n' | b'\r' | b' ' | b'<' | b'>' | b'/' | b'=')
                || matches!(octet, b'?' | b'!' | b'&' | b';' | b'\'' | b'"')
        };
        let end = rest.bytes().position(is_end).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.error(XmlErrorKind::MalformedName));
        }
        self.offset += end;
        Ok(&rest[..end])
    }

    /// `name="value"` of the XML declaration, when this one comes next.
    pub(super) fn pseudo_attribute(&mut self, name: &str) -> Result<Option<String>, XmlError> {
        if !self.eat(name) {
            return Ok(None);
        }
        self.equals()?;
        let rest = self.rest();
        let Some(quote @ ('"' | '\'')) = rest.chars().next() else {
            return Err(self.error(XmlErrorKind::Malformed));
        };
        let value = rest[1..]
            .split_once(quote)
            .map(|(value, _)| value)
            .ok_or_else(|| self.error(XmlErrorKind::UnexpectedEnd))?;
        self.offset += value.len() + 2;
        Ok(Some(value.to_owned()))
    }

    pub(super) fn equals(&mut self) -> Result<(), XmlError> {
        self.skip_space();
        self.expect("=")?;
        self.skip_space();
        Ok(())
    }

    /// `AttValue` (production 10), normalised as of type CDATA (section 3.3.3).
    pub(super) fn attribute_value(&mut self) -> Result<String, XmlError> {
        let quote = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => quote,
            Some(_) => return Err(self.error(XmlErrorKind::Malformed)),
            None => return Err(self.error(XmlErrorKind::UnexpectedEnd)),
        };
        self.offset += 1;
        let mut value = String::new();
        loop {
            self.plain(self.text.len(), &mut value);
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                return Err(self.error(XmlErrorKind::UnexpectedEnd));
            };
            match c {
                '<' => return Err(self.error(XmlErrorKind::Malformed)),
                '&' => value.push(self.reference()?),
                '\r' => {
                    // A carriage return and line feed are one line end, thus one space.
                    self.offset += if rest.starts_with("\r\n") { 2 } else { 1 };
                    value.push(' ');
                }
                '\t' | '\n' => {
                    self.offset += 1;
                    value.push(' ');
                }
                c if c == quote => {
                    self.offset += 1;
                    return Ok(value);
                }
                c => self.character(c, &mut value)?,
            }
        }
    }

    /// `CharData` and references (productions 14 and 67), up to the next markup.
    pub(super) fn character_data(&mut self) -> Result<String, XmlError> {
        let mut text = String::new();
        loop {
            self.plain(self.text.len(), &mut text);
            let Some(c) = self.rest().chars().next() else { break };
            match c {
                '<' => break,
                '&' => text.push(self.reference()?),
                ']' if self.rest().starts_with("]]>") => {
                    return Err(self.error(XmlErrorKind::Malformed));
                }
                c => self.character(c, &mut text)?,
            }
        }
        Ok(text)
    }

    /// `CDSect` (production 18).
    pub(super) fn cdata(&mut self) -> Result<String, XmlError> {
        self.delimited("<![CDATA[", "]]>")
    }

    /// `Comment` (production 15), without its delimiters.
    pub(super) fn comment(&mut self) -> Result<String, XmlError> {
        let start = self.offset;
        let comment = self.delimited("<!--", "-->")?;
        if comment.contains("--") || comment.ends_with('-') {
            return Err(XmlError::new(XmlErrorKind::Malformed, start));
        }
        Ok(comment)
    }

    /// `PI` (production 16): its target and what follows.
    pub(super) fn processing_instruction(&mut self) -> Result<(String, String), XmlError> {
        let start = self.offset;
        self.expect("<?")?;
        let target = self.name()?.to_owned();
        if !is_nc_name(&target) || target.eq_ignore_ascii_case("xml") {
            return Err(XmlError::new(XmlErrorKind::MalformedName, start));
        }
        if self.eat("?>") {
            return Ok((target, String::new()));
        }
        self.space()?;
        let data = self.delimited("", "?>")?;
        Ok((target, data))
    }

    fn delimited(&mut self, open: &str, close: &str) -> Result<String, XmlError> {
        self.expect(open)?;
        let Some(length) = self.rest().find(close) else {
            return Err(XmlError::new(XmlErrorKind::UnexpectedEnd, self.text.len()));
        };
        let end = self.offset + length;
        let mut content = String::with_capacity(length);
        while self.offset < end {
            self.plain(end, &mut content);
            if self.offset < end
                && let Some(c) = self.rest().chars().next()
            {
                self.character(c, &mut content)?;
            }
        }
        self.offset += close.len();
        Ok(content)
    }

    /// A run of ASCII that means itself wherever it stands, at once, up to the place `end`.
    fn plain(&mut self, end: usize, out: &mut String) {
        let rest = self.text.get(self.offset..end).unwrap_or_default();
        let length = rest
            .bytes()
            .position(|octet| matches!(octet, ..b' ' | b'<' | b'&' | b']' | b'"' | b'\'' | 0x7f..))
            .unwrap_or(rest.len());
        out.push_str(&rest[..length]);
        self.offset += length;
    }

    /// One literal character; line ends become a line feed (section 2.11).
    fn character(&mut self, c: char, out: &mut String) -> Result<(), XmlError> {
        if c == '\r' {
            self.offset += if self.rest().starts_with("\r\n") { 2 } else { 1 };
            out.push('\n');
            return Ok(());
        }
        if !is_char(c) {
            return Err(self.error(XmlErrorKind::ForbiddenCharacter));
        }
        self.offset += c.len_utf8();
        out.push(c);
        Ok(())
    }

    /// A character reference or one of the five predefined entities (sections 4.1 and 4.6).
    fn reference(&mut self) -> Result<char, XmlError> {
        let window = self.rest().as_bytes();
        let window = &window[..window.len().min(LONGEST_REFERENCE)];
        let end = window
            .iter()
            .position(|octet| *octet == b';')
            .ok_or_else(|| self.error(XmlErrorKind::UnknownEntity))?;
        let name = &self.rest()[1..end];
        let c = match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => self.character_reference(name)?,
        };
        self.offset += end + 1;
        Ok(c)
    }

    fn character_reference(&self, name: &str) -> Result<char, XmlError> {
        let digits =
            name.strip_prefix('#').ok_or_else(|| self.error(XmlErrorKind::UnknownEntity))?;
        let (digits, radix) = match digits.strip_prefix('x') {
            Some(hex) => (hex, 16),
            None => (digits, 10),
        };
        if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
            return Err(self.error(XmlErrorKind::Malformed));
        }
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
            .filter(|c| is_char(*c))
            .ok_or_else(|| self.error(XmlErrorKind::ForbiddenCharacter))
    }
}

/// Octets of the longest reference admitted, leading zeros included: `&#x0000010FFFF;`.
const LONGEST_REFERENCE: usize = 16;
