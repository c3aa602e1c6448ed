use base64ct::{Base64UrlUnpadded, Encoding as _};
use wardkey_xml::{Document, Limits, dsig};

use crate::tlv::{Fields, SEQUENCE, SET};

/// What octets to be signed can be taken for.
///
/// A signature says nothing about the format it was made for, so octets that can be read as two
/// formats would let a signature be carried from one to the other. What this crate prepares for
/// the login key can be read as its own format alone, or is not prepared, and
/// [`raw`](crate::raw) refuses what can be read as any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SigningInput {
    /// A DER SET: the signed attributes of CMS (RFC 5652, section 5.4), and so the login
    /// structure.
    CmsAttributes,
    /// A DER SEQUENCE: the signed part of a certificate, a certificate request, a revocation
    /// list, an OCSP answer or a timestamp.
    DerSequence,
    /// A JWS signing input (RFC 7515, section 5.1), its payload encoded or not (RFC 7797).
    Jws,
    /// The content of a TLS 1.3 CertificateVerify (RFC 8446, section 4.4.3).
    TlsHandshake,
    /// Two hashes of one length, as the `web-eid:1` token signs them.
    WebEid,
    /// The SignedInfo of an XML signature, or any other part of one.
    XmlSignature,
}

impl SigningInput {
    /// Everything these octets can be taken for, in the order of the variants.
    ///
    /// ```
    /// use wardkey_signatures::SigningInput;
    ///
    /// assert_eq!(SigningInput::readings(b"Rest, and drink plenty."), []);
    /// assert_eq!(SigningInput::readings(b"eyJhbGciOiJFUzI1NiJ9.e30"), [SigningInput::Jws]);
    /// ```
    #[must_use]
    pub fn readings(octets: &[u8]) -> Vec<Self> {
        let readings = [
            (Self::CmsAttributes, is_der(octets, SET)),
            (Self::DerSequence, is_der(octets, SEQUENCE)),
            (Self::Jws, is_jws(octets)),
            (Self::TlsHandshake, octets.starts_with(&[TLS_PADDING; TLS_PADDING_LENGTH])),
            (Self::WebEid, is_hash_pair(octets)),
            (Self::XmlSignature, is_xml_signature(octets)),
        ];
        readings.into_iter().filter(|(_, can_be)| *can_be).map(|(reading, _)| reading).collect()
    }

    /// A stable name for messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CmsAttributes => "CMS signed attributes",
            Self::DerSequence => "a DER structure",
            Self::Jws => "a JWS signing input",
            Self::TlsHandshake => "a TLS handshake",
            Self::WebEid => "a web-eid hash pair",
            Self::XmlSignature => "a part of an XML signature",
        }
    }
}

/// One DER value with nothing after it, made up of DER values.
fn is_der(octets: &[u8], tag: u8) -> bool {
    let Some(mut fields) = Fields::open(octets, tag) else { return false };
    while let Some(next) = fields.peek() {
        if fields.whole(next).is_none() {
            return false;
        }
    }
    true
}

/// Whatever follows the first dot: with `b64: false` the payload stands there as it is. Read as
/// the laxest reader might: either alphabet, padding and white space dropped, loose bits at the
/// end.
fn is_jws(octets: &[u8]) -> bool {
    let Some(dot) = octets.iter().position(|octet| *octet == b'.') else { return false };
    let Ok(header) = std::str::from_utf8(&octets[..dot]) else { return false };
    let mut header: String = header
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && *c != '=')
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    if !header.is_ascii() {
        return false;
    }
    header.truncate(header.len() / 4 * 4);
    Base64UrlUnpadded::decode_vec(&header).is_ok_and(|json| {
        let object = json.trim_ascii_start().strip_prefix(b"{");
        object.is_some_and(|members| members.trim_ascii_start().starts_with(b"\""))
    })
}

/// Hashes are told from text of the same length by their octets: a hash of 32 octets is printable
/// ASCII once in 2^44 times, and the hash of a given origin never changes.
fn is_hash_pair(octets: &[u8]) -> bool {
    let printable = |octet: &u8| matches!(octet, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    HASH_PAIRS.contains(&octets.len()) && !octets.iter().all(printable)
}

fn is_xml_signature(octets: &[u8]) -> bool {
    let start = octets.strip_prefix(BYTE_ORDER_MARK).unwrap_or(octets).trim_ascii_start();
    if !start.starts_with(b"<") {
        return false;
    }
    match Document::parse(start, &Limits::DEFAULT) {
        Ok(document) => document.root().namespace() == dsig::NAMESPACE,
        // Another reader may admit what this one does not.
        Err(_) => start.windows(SIGNED_INFO.len()).any(|window| window == SIGNED_INFO),
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();
/// Twice the octets of SHA-256, SHA-384 and SHA-512.
const HASH_PAIRS: [usize; 3] = [64, 96, 128];
const SIGNED_INFO: &[u8] = b"SignedInfo";
const TLS_PADDING: u8 = 0x20;
const TLS_PADDING_LENGTH: usize = 64;

#[cfg(test)]
mod tests;
