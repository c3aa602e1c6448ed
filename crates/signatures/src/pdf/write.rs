use super::{
    Dictionary, Object, Reference,
    parse::{is_delimiter, is_space},
};

impl Object {
    /// Puts the object down as it stands in a file; a stream as its dictionary alone.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Array(values) => {
                out.push(b'[');
                for (number, value) in values.iter().enumerate() {
                    if number > 0 {
                        out.push(b' ');
                    }
                    value.write(out);
                }
                out.push(b']');
            }
            Self::Boolean(true) => out.extend_from_slice(b"true"),
            Self::Boolean(false) => out.extend_from_slice(b"false"),
            Self::Dictionary(dictionary) | Self::Stream(dictionary, _) => dictionary.write(out),
            Self::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::Name(octets) => out.extend_from_slice(&name(octets)),
            Self::Null => out.extend_from_slice(b"null"),
            Self::Real(text) => out.extend_from_slice(text),
            Self::Reference(reference) => out.extend_from_slice(reference.to_string().as_bytes()),
            Self::String(octets) => out.extend_from_slice(&string(octets)),
        }
    }
}

impl Dictionary {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<<");
        for (key, value) in &self.0 {
            out.extend_from_slice(&name(key));
            out.push(b' ');
            value.write(out);
        }
        out.extend_from_slice(b">>");
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} R", self.number, self.generation)
    }
}

/// A name with its slash.
pub(crate) fn name(octets: &[u8]) -> Vec<u8> {
    let mut out = vec![b'/'];
    for octet in octets {
        if is_space(*octet) || is_delimiter(*octet) || *octet == b'#' || !octet.is_ascii_graphic() {
            out.extend_from_slice(format!("#{octet:02X}").as_bytes());
        } else {
            out.push(*octet);
        }
    }
    out
}

/// A string in hexadecimal, which needs no escapes.
pub(crate) fn string(octets: &[u8]) -> Vec<u8> {
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    let digits = digits.map(|digit| HEX[usize::from(digit)]);
    std::iter::once(b'<').chain(digits).chain(std::iter::once(b'>')).collect()
}

const HEX: &[u8; 16] = b"0123456789abcdef";
