//! What is on a card (SP 800-73-4, part 1, section 3 and appendix A).

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::{key::Key, tlv};

/// `PIN Usage Policy` of the discovery object (part 1, section 3.3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsagePolicy {
    /// Whether PIV takes the card's own passcode too, which its applications share.
    pub admits_global: bool,
    /// Whether that is the one that the user is asked for, and not that of PIV.
    pub prefers_global: bool,
    /// Whether the card has a virtual contact interface, by which it takes a passcode over the air.
    pub virtual_contact: bool,
}

impl UsagePolicy {
    /// That of a discovery object; of a card without one, or without a policy, PIV's own passcode
    /// alone.
    pub fn of(discovery: &[u8]) -> Self {
        let policy = tlv::find(0x7e, discovery).and_then(|object| tlv::find(0x5f2f, object));
        let Some(&[admitted, preferred]) = policy else { return Self::default() };
        let admits_global =
            admitted & (PIV_PASSCODE | GLOBAL_PASSCODE) == PIV_PASSCODE | GLOBAL_PASSCODE;
        Self {
            admits_global,
            prefers_global: admits_global && preferred == GLOBAL_PREFERRED,
            virtual_contact: admitted & VIRTUAL_CONTACT != 0,
        }
    }
}

/// The number of a card by the beginning of its CHUID (part 1, table 9), in hexadecimal: the GUID,
/// and where that is left out the FASC-N. `None` where there is neither.
pub fn serial(beginning: &[u8]) -> Option<String> {
    let (0x53, _, content) = tlv::header(beginning)? else { return None };
    let of = |tag, length| {
        let value = tlv::find(tag, content)?;
        (value.len() == length && value.iter().any(|octet| *octet != 0)).then_some(value)
    };
    of(0x34, GUID).or_else(|| of(0x30, FASC_N)).map(base16ct::upper::encode_string)
}

/// The certificate in a certificate's data object (part 1, table 10), unpacked.
pub fn certificate(object: &[u8]) -> Option<Vec<u8>> {
    let content = tlv::find(0x53, object)?;
    let certificate = tlv::find(0x70, content).filter(|certificate| !certificate.is_empty())?;
    match tlv::find(0x71, content) {
        Some([info]) if info & COMPRESSED != 0 => unpacked(certificate),
        _ => Some(certificate.to_vec()),
    }
}

/// The keys whose certificates the key history object lists as on the card (part 1, table 19).
pub fn retired_keys(history: &[u8]) -> impl Iterator<Item = Key> {
    let count = tlv::find(0x53, history)
        .and_then(|content| tlv::find(0xc1, content))
        .and_then(|count| count.first().copied());
    (0..count.unwrap_or_default()).map_while(Key::retired)
}

/// GZIP (RFC 1952), up to a bound.
fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let mut certificate = Vec::new();
    let mut unpacking = GzDecoder::new(packed).take(LONGEST_CERTIFICATE + 1);
    unpacking.read_to_end(&mut certificate).ok()?;
    let fits = u64::try_from(certificate.len()).is_ok_and(|length| length <= LONGEST_CERTIFICATE);
    fits.then_some(certificate)
}

/// The tag of the CHUID.
pub const CHUID: &[u8] = &[0x5f, 0xc1, 0x02];
/// The tag of the discovery object.
pub const DISCOVERY: &[u8] = &[0x7e];
/// The tag of the key history object.
pub const KEY_HISTORY: &[u8] = &[0x5f, 0xc1, 0x0c];
/// In the first octet of the policy: what is admitted.
const PIV_PASSCODE: u8 = 0x40;
const GLOBAL_PASSCODE: u8 = 0x20;
const VIRTUAL_CONTACT: u8 = 0x08;
/// The second octet.
const GLOBAL_PREFERRED: u8 = 0x20;
/// `CertInfo` (part 1, appendix A, table 10).
const COMPRESSED: u8 = 0x01;
const GUID: usize = 16;
const FASC_N: usize = 25;
/// Unpacked, in bytes.
const LONGEST_CERTIFICATE: u64 = 32 * 1024;

#[cfg(test)]
mod tests;
