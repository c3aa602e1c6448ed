//! BER-TLV as PIV uses it (SP 800-73-4, part 1, appendix A; ISO 7816-4, section 5.2.2): tags of up
//! to three bytes, definite lengths of up to two.

/// The tag and length at the front of `data`, and what comes after them.
pub fn header(data: &[u8]) -> Option<(u32, usize, &[u8])> {
    let (first, rest) = data.split_first()?;
    let (mut tag, mut rest) = (u32::from(*first), rest);
    if first & 0x1f == 0x1f {
        for place in 0.. {
            let (next, after) = rest.split_first()?;
            (tag, rest) = (tag << 8 | u32::from(*next), after);
            match next & 0x80 {
                0 => break,
                _ if place == 1 => return None,
                _ => {}
            }
        }
    }
    let (length, rest) = match rest {
        [length @ 0..=0x7f, rest @ ..] => (usize::from(*length), rest),
        [0x81, length, rest @ ..] => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    Some((tag, length, rest))
}

/// The whole objects at the top of `data`, up to the first that is not whole.
pub fn objects(mut data: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, length, rest) = header(data)?;
        let (value, rest) = rest.split_at_checked(length)?;
        data = rest;
        Some((tag, value))
    })
}

/// The value of the first whole object with a tag.
pub fn find(tag: u32, data: &[u8]) -> Option<&[u8]> {
    objects(data).find(|(found, _)| *found == tag).map(|(_, value)| value)
}

/// Writes one object of at most 65535 bytes.
pub fn write(tag: &[u8], value: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes();
    let length: &[u8] = match value.len() {
        0..=0x7f => &[low],
        0x80..=0xff => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [tag, length, value].concat()
}

#[cfg(test)]
mod tests;
