//! DER, as far as fixed structures need it: writing values, and reading fields in their order.

use const_oid::ObjectIdentifier;
use der::{Reader as _, SliceReader, asn1::AnyRef};

/// One DER value: tag, length, the parts as content.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = header(tag, length);
    out.reserve_exact(length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// What stands before a value's content of so many octets: its tag and its length.
pub(crate) fn header(tag: u8, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(LONGEST_HEADER);
    out.push(tag);
    if length < 0x80 {
        out.extend(length.to_be_bytes().last());
    } else {
        let octets = length.to_be_bytes();
        let first = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
        let octets = &octets[first..];
        out.extend(octets.len().to_be_bytes().last().map(|count| 0x80 | count));
        out.extend_from_slice(octets);
    }
    out
}

/// A DER SET OF: the values in the order of their encodings (X.690, section 11.6).
pub(crate) fn set_of(mut values: Vec<Vec<u8>>) -> Vec<u8> {
    values.sort();
    tlv(SET, &values.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

pub(crate) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    tlv(OID, &[oid.as_bytes()])
}

/// The fields inside a constructed value, taken in their order.
pub(crate) struct Fields<'a>(SliceReader<'a>);

impl<'a> Fields<'a> {
    /// The fields of a value that is all of `octets` and has this tag.
    pub(crate) fn open(octets: &'a [u8], tag: u8) -> Option<Self> {
        let mut outer = Self(SliceReader::new(octets).ok()?);
        let inner = outer.content(tag)?;
        outer.end()?;
        Self::inside(inner)
    }

    /// The values that make up `content`.
    pub(crate) fn inside(content: &'a [u8]) -> Option<Self> {
        Some(Self(SliceReader::new(content).ok()?))
    }

    /// The next value with its header.
    pub(crate) fn whole(&mut self, tag: u8) -> Option<&'a [u8]> {
        let value = self.0.tlv_bytes().ok()?;
        (value.first() == Some(&tag)).then_some(value)
    }

    /// The content of the next value.
    pub(crate) fn content(&mut self, tag: u8) -> Option<&'a [u8]> {
        content(self.whole(tag)?)
    }

    /// The fields of the next value.
    pub(crate) fn fields(&mut self, tag: u8) -> Option<Self> {
        Self::inside(self.content(tag)?)
    }

    pub(crate) fn oid(&mut self) -> Option<ObjectIdentifier> {
        ObjectIdentifier::from_bytes(self.content(OID)?).ok()
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.content(UTF8_STRING)?).ok()
    }

    /// The tag of the next value; `None`: there is none.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.0.peek_byte()
    }

    /// Nothing is left.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_finished().then_some(())
    }
}

fn content(value: &[u8]) -> Option<&[u8]> {
    use der::Decode as _;
    Some(AnyRef::from_der(value).ok()?.value())
}

const LONGEST_HEADER: usize = 6;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u8 = 0xa0;
/// `[1]`, constructed.
pub(crate) const CONTEXT_1: u8 = 0xa1;
/// `[2]`, constructed.
pub(crate) const CONTEXT_2: u8 = 0xa2;
