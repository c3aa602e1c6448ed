//! The parts of a certificate that a signature names, as they stand in its encoding.

use wardkey_crypto::KeyKind;

use crate::tlv::{CONTEXT_0, Fields, INTEGER, SEQUENCE};

/// Slices of one DER certificate (RFC 5280, section 4.1), each with its header.
#[derive(Clone, Copy)]
pub(crate) struct CertificateParts<'a> {
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: &'a [u8],
    pub(crate) spki: &'a [u8],
    pub(crate) key_kind: KeyKind,
}

impl<'a> CertificateParts<'a> {
    /// `None`: not a DER certificate, or its key is not one of ours.
    pub(crate) fn of(der: &'a [u8]) -> Option<Self> {
        if der.len() > MAX_CERTIFICATE {
            return None;
        }
        let mut tbs = Fields::open(der, SEQUENCE)?.fields(SEQUENCE)?;
        if tbs.peek() == Some(CONTEXT_0) {
            tbs.whole(CONTEXT_0)?;
        }
        let serial = tbs.whole(INTEGER)?;
        let _algorithm = tbs.whole(SEQUENCE)?;
        let issuer = tbs.whole(SEQUENCE)?;
        let (_validity, _subject) = (tbs.whole(SEQUENCE)?, tbs.whole(SEQUENCE)?);
        let spki = tbs.whole(SEQUENCE)?;
        Some(Self { serial, issuer, spki, key_kind: KeyKind::of_spki(spki)? })
    }
}

/// The longest certificate that is read, in octets.
const MAX_CERTIFICATE: usize = 64 * 1024;
