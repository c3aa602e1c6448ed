//! Timestamps (RFC 3161): asked for, read, and judged as part of the signature that they are over.

#[cfg(feature = "verify")]
mod verify;

use const_oid::{ObjectIdentifier, db};
use der::{Decode as _, asn1::GeneralizedTime};
use wardkey_crypto::Hash;

use crate::{
    cms::digest_algorithm,
    tlv::{
        BOOLEAN, CONTEXT_0, Fields, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, tlv,
    },
};

#[cfg(feature = "verify")]
pub(crate) use verify::PendingTimestamp;
#[cfg(all(feature = "native", feature = "verify"))]
pub use verify::verify;

/// A request for a timestamp over some octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampRequest {
    hash: Hash,
    imprint: Vec<u8>,
    nonce: Vec<u8>,
}

/// Why there is no timestamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The hash is none that is asked for.
    #[error("the hash is not of the SHA-2 family")]
    Hash,
    /// The answer can't be read.
    #[error("not the answer of a timestamp authority")]
    Malformed,
    /// The authority refused; its status (RFC 3161, section 2.4.2) and the bits of its reason.
    #[error("the timestamp authority refused: status {status}, failure {failure:?}")]
    Refused {
        /// PKIStatus, from 2.
        status: u8,
        /// The number of the failure bit, as 0 for an algorithm that it does not know.
        failure: Option<u8>,
    },
    /// The timestamp is over something else, or for another request.
    #[error("the timestamp is not the one that was asked for")]
    Other,
    /// It does not hold, or its authority is not trusted.
    #[error("{0}")]
    Refuted(String),
}

/// A timestamp's statement (RFC 3161, section 2.4.2, TSTInfo).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    pub(crate) hash: Option<Hash>,
    pub(crate) imprint: &'a [u8],
    /// Seconds since 1970; fractions are dropped.
    pub(crate) time: u64,
    nonce: Option<&'a [u8]>,
}

impl TimestampRequest {
    /// A request over these octets. The nonce is for the caller to choose at random.
    ///
    /// # Errors
    /// [`TimestampError::Hash`] for SHA-1.
    pub fn over(octets: &[u8], hash: Hash, nonce: [u8; 8]) -> Result<Self, TimestampError> {
        let imprint = hash.digest(octets).ok_or(TimestampError::Hash)?;
        // Positive, and without a leading zero.
        let mut nonce = nonce.to_vec();
        nonce[0] = nonce[0] & 0x3f | 0x40;
        Ok(Self { hash, imprint, nonce })
    }

    /// The request, DER, to be posted as `application/timestamp-query`. It asks for the authority's
    /// certificate.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let imprint =
            tlv(SEQUENCE, &[&digest_algorithm(self.hash), &tlv(OCTET_STRING, &[&self.imprint])]);
        let (one, nonce) = (tlv(INTEGER, &[&[1]]), tlv(INTEGER, &[&self.nonce]));
        tlv(SEQUENCE, &[&one, &imprint, &nonce, &tlv(BOOLEAN, &[&[0xff]])])
    }

    /// The token of an answer, DER, when it is for this request. Its signature is judged with the
    /// signature that it goes into.
    ///
    /// # Errors
    /// [`TimestampError`] when the authority refused, or answered something else.
    pub fn token<'a>(&self, answer: &'a [u8]) -> Result<&'a [u8], TimestampError> {
        let malformed = || TimestampError::Malformed;
        let mut fields = Fields::open(answer, SEQUENCE).ok_or_else(malformed)?;
        let mut status = fields.fields(SEQUENCE).ok_or_else(malformed)?;
        let code = match status.content(INTEGER).ok_or_else(malformed)? {
            [code] => *code,
            _ => return Err(malformed()),
        };
        if code > GRANTED_WITH_CHANGES {
            return Err(TimestampError::Refused { status: code, failure: failure(&mut status) });
        }
        let token = fields.whole(SEQUENCE).ok_or_else(malformed)?;
        fields.end().ok_or_else(malformed)?;
        let content = tst_info(token).ok_or_else(malformed)?;
        let statement = Statement::read(content).ok_or_else(malformed)?;
        let same = statement.hash == Some(self.hash)
            && statement.imprint == self.imprint
            && statement.nonce == Some(self.nonce.as_slice());
        if same { Ok(token) } else { Err(TimestampError::Other) }
    }
}

impl<'a> Statement<'a> {
    pub(crate) fn read(tst_info: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::open(tst_info, SEQUENCE)?;
        (fields.content(INTEGER)? == [1]).then_some(())?;
        fields.whole(OID)?;
        let mut imprint = fields.fields(SEQUENCE)?;
        let hash = imprint.fields(SEQUENCE)?.oid()?;
        let octets = imprint.content(OCTET_STRING)?;
        fields.whole(INTEGER)?;
        let time = seconds(fields.content(GENERALIZED_TIME)?)?;
        if fields.peek() == Some(SEQUENCE) {
            let _accuracy = fields.whole(SEQUENCE)?;
        }
        if fields.peek() == Some(BOOLEAN) {
            let _ordering = fields.whole(BOOLEAN)?;
        }
        let nonce = match fields.peek() {
            Some(INTEGER) => Some(fields.content(INTEGER)?),
            _ => None,
        };
        Some(Self { hash: Hash::from_oid(hash), imprint: octets, time, nonce })
    }
}

/// The TSTInfo inside of a token.
fn tst_info(token: &[u8]) -> Option<&[u8]> {
    let mut content_info = Fields::open(token, SEQUENCE)?;
    (content_info.oid()? == db::rfc5911::ID_SIGNED_DATA).then_some(())?;
    let mut data = content_info.fields(CONTEXT_0)?.fields(SEQUENCE)?;
    data.whole(INTEGER)?;
    data.whole(data.peek()?)?;
    let mut encapsulated = data.fields(SEQUENCE)?;
    (encapsulated.oid()? == TST_INFO).then_some(())?;
    encapsulated.fields(CONTEXT_0)?.content(OCTET_STRING)
}

/// PKIFailureInfo, behind a text that may stand there.
fn failure(status: &mut Fields<'_>) -> Option<u8> {
    if status.peek() == Some(SEQUENCE) {
        status.whole(SEQUENCE)?;
    }
    let bits = status.content(BIT_STRING)?;
    let number = bits.get(1..)?.iter().enumerate().find_map(|(place, octet)| {
        let first = octet.leading_zeros();
        (*octet != 0).then(|| u32::try_from(place).unwrap_or(u32::MAX).saturating_mul(8) + first)
    })?;
    u8::try_from(number).ok()
}

/// GeneralizedTime in UTC, whose fractions are dropped.
fn seconds(text: &[u8]) -> Option<u64> {
    let text = text.strip_suffix(b"Z")?;
    let whole = text.split(|octet| *octet == b'.').next()?;
    let der = tlv(GENERALIZED_TIME, &[whole, b"Z"]);
    Some(GeneralizedTime::from_der(&der).ok()?.to_unix_duration().as_secs())
}

/// id-ct-TSTInfo.
pub(crate) const TST_INFO: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const BIT_STRING: u8 = 0x03;
/// grantedWithMods.
const GRANTED_WITH_CHANGES: u8 = 1;
