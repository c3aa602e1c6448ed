//! BER-TLV as PIV uses it (SP 800-73-4 part 1, appendix A): definite lengths up to 65535 bytes.

/// Writes one data object.
///
/// # Panics
/// When the value is longer than 65535 bytes, which no PIV object is.
pub fn object(tag: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = tag.to_vec();
    match value.len() {
        length @ 0..=0x7f => out.push(length as u8),
        length @ 0x80..=0xff => out.extend([0x81, length as u8]),
        length => {
            assert!(length <= usize::from(u16::MAX), "a PIV object has at most 65535 bytes");
            out.push(0x82);
            out.extend((length as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(value);
    out
}

/// The value of the first object with this tag among those at the top of `data`, or `None`; also
/// `None` when the bytes before it are no objects.
pub fn find<'a>(tag: &[u8], mut data: &'a [u8]) -> Option<&'a [u8]> {
    while !data.is_empty() {
        let (found, rest) = take_tag(data)?;
        let (value, rest) = take_value(rest)?;
        if found == tag {
            return Some(value);
        }
        data = rest;
    }
    None
}

fn take_tag(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let continued = data.first()? & 0x1f == 0x1f;
    let length = if continued {
        // The last byte of a long tag is the first one without its top bit.
        2 + data.get(1..)?.iter().position(|byte| byte & 0x80 == 0)?
    } else {
        1
    };
    data.split_at_checked(length)
}

fn take_value(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match data {
        [length @ 0..=0x7f, rest @ ..] => (usize::from(*length), rest),
        [0x81, length, rest @ ..] => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests;
