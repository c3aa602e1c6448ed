//! SignedData with one signer, as all our CMS formats have it (RFC 5652, section 5).

#[cfg(feature = "verify")]
mod ber;
#[cfg(feature = "verify")]
mod examine;
#[cfg(feature = "verify")]
mod read;
mod write;

#[cfg(feature = "verify")]
pub(crate) use examine::{Examined, Named, examine};
#[cfg(feature = "verify")]
pub(crate) use read::{SignedData, attribute_value, has_attribute};
pub(crate) use write::{SignerInfo, attribute, digest_algorithm, signed_data, time};

use der::{
    Decode as _,
    asn1::{GeneralizedTime, UtcTime},
};

use crate::tlv::{GENERALIZED_TIME, UTC_TIME};

/// A SignedData in DER: as it is, or read from BER. What is neither stays as it is.
#[cfg(feature = "verify")]
pub(crate) fn der(cms: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    match SignedData::read(cms) {
        Err(read::ReadError::Malformed) => ber::to_der(cms).map_or(cms.into(), Into::into),
        _ => cms.into(),
    }
}

/// The seconds since 1970 of a UTCTime or GeneralizedTime, given with its header.
pub(crate) fn read_time(value: &[u8]) -> Option<u64> {
    let instant = match value.first() {
        Some(&UTC_TIME) => UtcTime::from_der(value).ok()?.to_unix_duration(),
        Some(&GENERALIZED_TIME) => GeneralizedTime::from_der(value).ok()?.to_unix_duration(),
        _ => return None,
    };
    Some(instant.as_secs())
}
