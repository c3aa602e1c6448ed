//! A signed file, whose format is told by its octets.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use wardkey_pki::Certificate;
use wardkey_xml::{Document, Element, Limits, dsig};

use crate::{cades, cms::SignedData, jades, pades, xades};

/// The format of a signed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFormat {
    /// CAdES, DER.
    Cades,
    /// A prescription with its signature in it, or a message with one.
    Eps,
    /// JAdES, compact or flattened.
    Jades,
    /// A PDF, with its PAdES signatures in it.
    Pades,
    /// XAdES, or a plain XML signature: in its document, around it or beside it.
    Xades,
}

impl FileFormat {
    /// The format that these octets can have. `None`: none that is known here.
    ///
    /// ```
    /// use wardkey_signatures::file::FileFormat;
    ///
    /// assert_eq!(FileFormat::of(b"eyJhbGciOiJFUzI1NiJ9..c2ln"), Some(FileFormat::Jades));
    /// assert_eq!(FileFormat::of(b"Rest, and drink plenty."), None);
    /// ```
    #[must_use]
    pub fn of(octets: &[u8]) -> Option<Self> {
        let text = octets.strip_prefix(BYTE_ORDER_MARK).unwrap_or(octets).trim_ascii();
        let is_token = || text.iter().all(u8::is_ascii_graphic) && dots(text) == 2;
        match text.first()? {
            _ if octets.starts_with(PDF) => Some(Self::Pades),
            _ if octets.first() == Some(&SEQUENCE) => Some(Self::Cades),
            b'<' if is_xml_signature(text) => Some(Self::Xades),
            b'<' => Some(Self::Eps),
            b'{' => Some(Self::Jades),
            _ => is_token().then_some(Self::Jades),
        }
    }

    /// A stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cades => "cades",
            Self::Eps => "eps",
            Self::Jades => "jades",
            Self::Pades => "pades",
            Self::Xades => "xades",
        }
    }
}

/// The certificates that a signed file carries, the signer's first where that can be told, those of
/// its timestamp last. Nobody vouches for them: they are good for looking for a path, and for its
/// revocation lists once an authority that is known has issued them.
#[must_use]
pub fn claimed_certificates(octets: &[u8]) -> Vec<Certificate> {
    let (ders, token) = match FileFormat::of(octets) {
        Some(FileFormat::Cades) => (in_cms(octets), cades::timestamp_token(octets)),
        Some(FileFormat::Eps) => (in_xml(octets), None),
        Some(FileFormat::Jades) => (in_jws(octets), jades::timestamp_token(octets)),
        Some(FileFormat::Pades) => return in_pdf(octets),
        Some(FileFormat::Xades) => (in_xml(octets), xades::timestamp_token(octets)),
        None => (None, None),
    };
    read(ders, token)
}

fn read(ders: Option<Vec<Vec<u8>>>, token: Option<Vec<u8>>) -> Vec<Certificate> {
    let of_token = token.and_then(|token| in_cms(&token)).unwrap_or_default();
    let ders =
        ders.unwrap_or_default().into_iter().take(MOST).chain(of_token.into_iter().take(MOST));
    ders.filter_map(|der| Certificate::from_der(&der).ok()).collect()
}

/// Of every signature, the last one's first.
fn in_pdf(octets: &[u8]) -> Vec<Certificate> {
    let every = pades::every_cms(octets).unwrap_or_default();
    every.iter().flat_map(|cms| read(in_cms(cms), cades::timestamp_token(cms))).collect()
}

/// The report on a signed file, by its format; `document` is that of a signature which does not
/// hold it. `None`: the format is none that is known here.
#[cfg(feature = "native")]
#[must_use]
pub fn verify(
    octets: &[u8],
    document: Option<&[u8]>,
    options: &crate::VerifyOptions,
) -> Option<crate::report::Report> {
    use crate::eps;
    let beside = document.map(crate::Document::Octets);
    Some(match FileFormat::of(octets)? {
        FileFormat::Cades => cades::verify(octets, beside, options).discharge(),
        FileFormat::Eps => eps::verify(octets, options).discharge(),
        FileFormat::Jades => jades::verify(octets, document, options).discharge(),
        FileFormat::Pades => pades::verify(octets, options).discharge(),
        FileFormat::Xades => xades::verify(octets, beside, options).discharge(),
    })
}

/// Whether a signature of the whole stands there; that of a prescription lies deeper, in the
/// author's `signatureText`.
fn is_xml_signature(octets: &[u8]) -> bool {
    let Ok(document) = Document::parse(octets, &Limits::DEFAULT) else { return false };
    let is_signature = |element: &Element<'_>| element.is(dsig::NAMESPACE, "Signature");
    let of_prescription =
        |element: Element<'_>| element.parent().is_some_and(|p| p.local() == "signatureText");
    let root = document.root();
    is_signature(&root)
        || root.children().any(|child| is_signature(&child))
        || document.elements().filter(is_signature).any(|element| !of_prescription(element))
}

fn in_cms(octets: &[u8]) -> Option<Vec<Vec<u8>>> {
    let data = SignedData::read(octets).ok()?;
    let signer = data.signers_certificate();
    let others = data.certificates.iter().copied().filter(|der| Some(*der) != signer);
    Some(signer.into_iter().chain(others).map(<[u8]>::to_vec).collect())
}

/// Whatever stands in an X509Certificate, wherever that is.
fn in_xml(octets: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = std::str::from_utf8(octets).ok()?;
    let parts = text.split("X509Certificate>").skip(1).step_by(2);
    let der = |part: &str| {
        let base64: String = part.split('<').next()?.split_ascii_whitespace().collect();
        Base64::decode_vec(&base64).ok()
    };
    Some(parts.take(MOST).filter_map(der).collect())
}

fn in_jws(octets: &[u8]) -> Option<Vec<Vec<u8>>> {
    #[derive(Deserialize)]
    struct Whole {
        protected: String,
    }
    #[derive(Deserialize)]
    struct Header {
        x5c: Vec<String>,
    }
    let text = std::str::from_utf8(octets).ok()?.trim();
    let protected = match serde_json::from_str::<Whole>(text) {
        Ok(whole) => whole.protected,
        Err(_) => text.split('.').next()?.to_owned(),
    };
    let header = Base64UrlUnpadded::decode_vec(&protected).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    header.x5c.iter().take(MOST).map(|text| Base64::decode_vec(text).ok()).collect()
}

fn dots(text: &[u8]) -> usize {
    text.iter().filter(|octet| **octet == b'.').count()
}

const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();
const MOST: usize = 32;
const PDF: &[u8] = b"%PDF-";
const SEQUENCE: u8 = 0x30;
