use std::ops::Range;

use super::{Dictionary, Object, PdfError, Reference};

/// Reads objects from octets, one after the other (ISO 32000-1, sections 7.2 and 7.3).
pub(super) struct Parser<'a> {
    octets: &'a [u8],
    at: usize,
    elements: usize,
}

/// A key of a dictionary, its value, and where that stands.
pub(crate) struct Spanned {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Object,
    pub(crate) span: Range<usize>,
}

impl<'a> Parser<'a> {
    pub(super) fn at(octets: &'a [u8], at: usize) -> Self {
        Self { octets, at, elements: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// `NUMBER GENERATION obj`, the object, and `endobj` unless it is a stream.
    pub(super) fn indirect(&mut self) -> Result<(Reference, Object), PdfError> {
        let reference = self.header()?;
        let object = self.object(0)?;
        self.space();
        if let Object::Dictionary(dictionary) = object {
            if self.eat(b"stream") {
                // A lone CR would leave open where the data begin.
                if !self.eat(b"\r\n") && !self.eat(b"\n") {
                    return Err(malformed("a stream without its first line"));
                }
                return Ok((reference, Object::Stream(dictionary, self.at)));
            }
            self.keyword(b"endobj")?;
            return Ok((reference, Object::Dictionary(dictionary)));
        }
        self.keyword(b"endobj")?;
        Ok((reference, object))
    }

    /// As [`Parser::indirect`] for a dictionary, with the place of each value.
    pub(super) fn spanned(&mut self) -> Result<(Reference, Vec<Spanned>), PdfError> {
        let reference = self.header()?;
        self.space();
        if !self.eat(b"<<") {
            return Err(malformed("not a dictionary"));
        }
        let entries = self.entries(0)?;
        self.keyword(b"endobj")?;
        Ok((reference, entries))
    }

    /// One object; `depth` is how many stand around it.
    pub(super) fn object(&mut self, depth: usize) -> Result<Object, PdfError> {
        self.elements += 1;
        if depth > MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(PdfError::TooLarge);
        }
        self.space();
        match self.peek().ok_or(malformed("it ends within an object"))? {
            b'<' if self.eat(b"<<") => {
                let entries = self.entries(depth)?;
                let pairs = entries.into_iter().map(|entry| (entry.key, entry.value));
                Ok(Object::Dictionary(Dictionary(pairs.collect())))
            }
            b'<' => self.hexadecimal(),
            b'(' => self.literal(),
            b'/' => Ok(Object::Name(self.name()?)),
            b'[' => {
                self.at += 1;
                let mut values = Vec::new();
                loop {
                    self.space();
                    if self.eat(b"]") {
                        return Ok(Object::Array(values));
                    }
                    values.push(self.object(depth + 1)?);
                }
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number(),
            _ => match self.regular() {
                b"true" => Ok(Object::Boolean(true)),
                b"false" => Ok(Object::Boolean(false)),
                b"null" => Ok(Object::Null),
                _ => Err(malformed("a word that is no object")),
            },
        }
    }

    /// A number that stands alone.
    pub(super) fn unsigned(&mut self) -> Result<u64, PdfError> {
        self.space();
        let word = self.regular();
        let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
        let text = std::str::from_utf8(word).ok().filter(|_| digits);
        text.and_then(|text| text.parse().ok()).ok_or(malformed("a number is missing"))
    }

    /// The next word, which has to be this one.
    pub(super) fn keyword(&mut self, word: &[u8]) -> Result<(), PdfError> {
        if self.is_keyword(word) { Ok(()) } else { Err(malformed("a word is missing")) }
    }

    /// Whether the next word is this one, which is then read.
    pub(super) fn is_keyword(&mut self, word: &[u8]) -> bool {
        self.space();
        let before = self.at;
        if self.regular() == word {
            return true;
        }
        self.at = before;
        false
    }

    /// Passes over white space and comments.
    pub(super) fn space(&mut self) {
        while let Some(octet) = self.peek() {
            if octet == b'%' {
                while self.peek().is_some_and(|octet| !b"\r\n".contains(&octet)) {
                    self.at += 1;
                }
            } else if is_space(octet) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn header(&mut self) -> Result<Reference, PdfError> {
        let number = u32::try_from(self.unsigned()?).map_err(|_| malformed("a number"))?;
        let generation = u16::try_from(self.unsigned()?).map_err(|_| malformed("a number"))?;
        self.keyword(b"obj")?;
        Ok(Reference { number, generation })
    }

    /// What follows `<<`, up to `>>`.
    fn entries(&mut self, depth: usize) -> Result<Vec<Spanned>, PdfError> {
        let mut entries: Vec<Spanned> = Vec::new();
        let mut keys = std::collections::BTreeSet::new();
        loop {
            self.space();
            if self.eat(b">>") {
                return Ok(entries);
            }
            if self.peek() != Some(b'/') {
                return Err(malformed("a dictionary without a key"));
            }
            let key = self.name()?;
            // Of two values one reader takes the first, and another the last.
            if !keys.insert(key.clone()) {
                return Err(malformed("a key twice"));
            }
            self.space();
            let start = self.at;
            let value = self.object(depth + 1)?;
            entries.push(Spanned { key, value, span: start..self.at });
        }
    }

    fn number(&mut self) -> Result<Object, PdfError> {
        let word = self.regular();
        let text = std::str::from_utf8(word).map_err(|_| malformed("a number"))?;
        let shape = |c: u8| c.is_ascii_digit() || b"+-.".contains(&c);
        if !word.iter().copied().all(shape) || !word.iter().any(u8::is_ascii_digit) {
            return Err(malformed("a number"));
        }
        let Ok(integer) = text.parse::<i64>() else { return Ok(Object::Real(word.to_vec())) };
        if !word.iter().all(u8::is_ascii_digit) {
            return Ok(Object::Integer(integer));
        }
        let before = self.at;
        if let Ok(number) = u32::try_from(integer)
            && let Ok(generation) = self.unsigned()
            && let Ok(generation) = u16::try_from(generation)
            && self.is_keyword(b"R")
        {
            return Ok(Object::Reference(Reference { number, generation }));
        }
        self.at = before;
        Ok(Object::Integer(integer))
    }

    fn name(&mut self) -> Result<Vec<u8>, PdfError> {
        self.at += 1;
        let word = self.regular();
        let mut name = Vec::with_capacity(word.len());
        let mut octets = word.iter().copied();
        while let Some(octet) = octets.next() {
            if octet != b'#' {
                name.push(octet);
                continue;
            }
            let digit = |octet: Option<u8>| octet.and_then(hex).ok_or(malformed("a name"));
            name.push(digit(octets.next())? << 4 | digit(octets.next())?);
        }
        Ok(name)
    }

    fn hexadecimal(&mut self) -> Result<Object, PdfError> {
        self.at += 1;
        let mut string = Vec::new();
        let mut half = None;
        while let Some(octet) = self.peek() {
            self.at += 1;
            match (octet, hex(octet), half) {
                (b'>', _, _) => {
                    string.extend(half.map(|digit| digit << 4));
                    return Ok(Object::String(string));
                }
                (_, Some(digit), None) => half = Some(digit),
                (_, Some(digit), Some(first)) => {
                    string.push(first << 4 | digit);
                    half = None;
                }
                (octet, None, _) if is_space(octet) => (),
                _ => return Err(malformed("a string")),
            }
        }
        Err(malformed("a string that does not end"))
    }

    /// A string in parentheses (section 7.3.4.2).
    fn literal(&mut self) -> Result<Object, PdfError> {
        self.at += 1;
        let mut string = Vec::new();
        let mut depth = 1_usize;
        while let Some(octet) = self.peek() {
            self.at += 1;
            match octet {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(Object::String(string));
                    }
                }
                b'\\' => {
                    string.extend(self.escape());
                    continue;
                }
                b'\r' => {
                    self.eat(b"\n");
                    string.push(b'\n');
                    continue;
                }
                _ => (),
            }
            string.push(octet);
        }
        Err(malformed("a string that does not end"))
    }

    fn escape(&mut self) -> Option<u8> {
        let octet = self.peek()?;
        self.at += 1;
        Some(match octet {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'0'..=b'7' => {
                let mut value = u32::from(octet - b'0');
                for _ in 0..2 {
                    let Some(digit) = self.peek().filter(|o| (b'0'..=b'7').contains(o)) else {
                        break;
                    };
                    self.at += 1;
                    value = value * 8 + u32::from(digit - b'0');
                }
                // High-order overflow is ignored, as the section says.
                (value & 0xff) as u8
            }
            b'\n' => return None,
            b'\r' => {
                self.eat(b"\n");
                return None;
            }
            other => other,
        })
    }

    /// Characters up to the next white space or delimiter.
    fn regular(&mut self) -> &'a [u8] {
        let rest = self.octets.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|octet| is_space(*octet) || is_delimiter(*octet));
        let word = &rest[..end.unwrap_or(rest.len()).min(rest.len())];
        self.at += word.len();
        word
    }

    fn eat(&mut self, word: &[u8]) -> bool {
        let found = self.octets.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn peek(&self) -> Option<u8> {
        self.octets.get(self.at).copied()
    }
}

pub(super) fn is_space(octet: u8) -> bool {
    matches!(octet, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

pub(super) fn is_delimiter(octet: u8) -> bool {
    b"()<>[]{}/%".contains(&octet)
}

pub(super) fn malformed(reason: &'static str) -> PdfError {
    PdfError::Malformed(reason)
}

fn hex(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'a'..=b'f' => Some(octet - b'a' + 10),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        _ => None,
    }
}

const MAX_DEPTH: usize = 64;
/// Objects within one object.
const MAX_ELEMENTS: usize = 1_000_000;
