use std::fmt::{self, Write as _};

use const_oid::ObjectIdentifier;
use der::{
    Encode as _, Tag, Tagged as _,
    asn1::{Any, BmpString},
};

/// A distinguished name (RFC 5280, section 4.1.2.4).
///
/// `Display` writes the string form of RFC 4514, most specific part first:
/// `CN=555000000101,OU=People,O=nhs`.
#[derive(Clone, Debug)]
pub struct Name {
    der: Vec<u8>,
    /// Relative names in the order of the encoding, most general first.
    parts: Vec<Vec<Attribute>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attribute {
    oid: ObjectIdentifier,
    /// What two names are compared by.
    folded: Folded,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Folded {
    Der(Vec<u8>),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    /// DER of a value that is no string.
    Der(Vec<u8>),
    Text(String),
}

impl Name {
    pub(crate) fn from_x509(name: &x509_cert::name::Name, der: &[u8]) -> Self {
        let parts = name
            .iter_rdn()
            .map(|part| part.iter().map(|pair| Attribute::new(pair.oid, &pair.value)).collect())
            .collect();
        Self { der: der.to_vec(), parts }
    }

    /// The DER encoding as it was read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether the name has no parts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The most specific commonName. `None`: there is none that is text.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.attribute(COMMON_NAME)
    }

    /// The most specific value of this attribute type. `None`: there is none that is text.
    #[must_use]
    pub fn attribute(&self, oid: ObjectIdentifier) -> Option<&str> {
        let attributes = self.parts.iter().rev().flatten();
        attributes.filter(|attribute| attribute.oid == oid).find_map(|attribute| {
            match &attribute.value {
                Value::Text(text) => Some(text.as_str()),
                Value::Der(_) => None,
            }
        })
    }

    /// Whether the first parts of the name are `subtree`'s (RFC 5280, section 4.2.1.10).
    pub(crate) fn is_within(&self, subtree: &Self) -> bool {
        self.parts.len() >= subtree.parts.len()
            && self.parts.iter().zip(&subtree.parts).all(|(own, other)| same_part(own, other))
    }
}

/// Compares as RFC 5280, section 7.1 asks, restricted to ASCII: the case of letters, the kind of
/// string and the amount of space do not count. Values that are no strings compare by their DER.
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der || (self.parts.len() == other.parts.len() && self.is_within(other))
    }
}

impl Eq for Name {}

fn same_part(left: &[Attribute], right: &[Attribute]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .all(|own| right.iter().any(|other| own.oid == other.oid && own.folded == other.folded))
}

impl Attribute {
    fn new(oid: ObjectIdentifier, any: &Any) -> Self {
        let der = || any.to_der().unwrap_or_else(|_| any.value().to_vec());
        let text = match any.tag() {
            Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
                String::from_utf8(any.value().to_vec()).ok()
            }
            // T.61 in name, Latin-1 in practice.
            Tag::TeletexString => Some(any.value().iter().copied().map(char::from).collect()),
            Tag::BmpString => any.decode_as::<BmpString>().ok().map(|text| text.to_string()),
            _ => None,
        };
        match text {
            Some(text) => Self { oid, folded: Folded::Text(fold(&text)), value: Value::Text(text) },
            None => Self { oid, folded: Folded::Der(der()), value: Value::Der(der()) },
        }
    }
}

fn fold(text: &str) -> String {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    words.join(" ").to_ascii_lowercase()
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.parts.iter().rev().enumerate() {
            if i > 0 {
                f.write_char(',')?;
            }
            for (j, attribute) in part.iter().enumerate() {
                if j > 0 {
                    f.write_char('+')?;
                }
                attribute.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keyword = KEYWORDS.iter().find(|(oid, _)| *oid == self.oid);
        match (keyword, &self.value) {
            (Some((_, keyword)), Value::Text(text)) => {
                write!(f, "{keyword}=")?;
                escape(f, text)
            }
            (_, Value::Text(text)) => {
                write!(f, "{}=", self.oid)?;
                escape(f, text)
            }
            (_, Value::Der(der)) => {
                write!(f, "{}=#{}", self.oid, base16ct::lower::encode_string(der))
            }
        }
    }
}

fn escape(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let last = text.chars().count().saturating_sub(1);
    for (i, c) in text.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{c}")?,
            '#' if i == 0 => f.write_str("\\#")?,
            ' ' if i == 0 || i == last => f.write_str("\\ ")?,
            '\0'..='\x1f' | '\x7f' => write!(f, "\\{:02x}", u32::from(c))?,
            _ => f.write_char(c)?,
        }
    }
    Ok(())
}

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// The keywords of RFC 4514, section 3, and those of RFC 4519 that people's certificates carry.
const KEYWORDS: [(ObjectIdentifier, &str); 13] = [
    (COMMON_NAME, "CN"),
    (ObjectIdentifier::new_unwrap("2.5.4.4"), "SN"),
    (ObjectIdentifier::new_unwrap("2.5.4.5"), "serialNumber"),
    (ObjectIdentifier::new_unwrap("2.5.4.6"), "C"),
    (ObjectIdentifier::new_unwrap("2.5.4.7"), "L"),
    (ObjectIdentifier::new_unwrap("2.5.4.8"), "ST"),
    (ObjectIdentifier::new_unwrap("2.5.4.9"), "STREET"),
    (ObjectIdentifier::new_unwrap("2.5.4.10"), "O"),
    (ObjectIdentifier::new_unwrap("2.5.4.11"), "OU"),
    (ObjectIdentifier::new_unwrap("2.5.4.12"), "title"),
    (ObjectIdentifier::new_unwrap("2.5.4.42"), "givenName"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1"), "UID"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25"), "DC"),
];
