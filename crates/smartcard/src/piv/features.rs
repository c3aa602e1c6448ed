//! What a reader says of itself (PC/SC, part 10, section 2).

use super::apdu::Transmit;

/// The control code of a feature; `None` where the reader has none such, or does not say.
pub fn code<C: Transmit>(reader: &mut C, wanted: u8) -> Option<u32> {
    let features = reader.control(request(), Vec::new()).ok()?;
    features.chunks_exact(FEATURE).find_map(|feature| match *feature {
        [tag, 4, a, b, c, d] if tag == wanted => Some(u32::from_be_bytes([a, b, c, d])),
        _ => None,
    })
}

/// Whether a reader says that it passes short commands and answers only, by its property
/// `dwMaxAPDUDataSize` (section 2.6.14).
pub fn passes_short_only<C: Transmit>(reader: &mut C) -> bool {
    longest_data(reader).is_some_and(|longest| longest <= SHORT)
}

fn longest_data<C: Transmit>(reader: &mut C) -> Option<u32> {
    let properties = code(reader, GET_TLV_PROPERTIES)?;
    let properties = reader.control(properties, Vec::new()).ok()?;
    let mut rest = properties.as_slice();
    while let [tag, length, after @ ..] = rest {
        let (value, after) = after.split_at_checked(usize::from(*length))?;
        if let (&MAX_APDU_DATA_SIZE, Ok(value)) = (tag, value.try_into()) {
            return Some(u32::from_le_bytes(value));
        }
        rest = after;
    }
    None
}

/// `CM_IOCTL_GET_FEATURE_REQUEST` (section 2.2).
#[cfg_attr(
    not(target_os = "linux"),
    allow(clippy::useless_conversion, reason = "a word of PC/SC is wider elsewhere")
)]
pub fn request() -> u32 {
    u32::try_from(pcsc::ctl_code(3400)).unwrap_or_default()
}

const GET_TLV_PROPERTIES: u8 = 0x12;
const MAX_APDU_DATA_SIZE: u8 = 0x0a;
/// In bytes; 0 stands for these as well.
const SHORT: u32 = 256;
/// A tag, a length, a control code.
const FEATURE: usize = 6;

#[cfg(test)]
mod tests;
