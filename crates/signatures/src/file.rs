//! A signed file, whose format is told by its octets.

use base64ct::{Base64, Encoding as _};
use wardkey_crypto::Obligation;
use wardkey_pki::Certificate;
use wardkey_xml::{Document, Element, Limits, dsig};

use crate::{
    VerifyOptions, cades,
    cms::{self, SignedData},
    eps, jades, pades,
    report::Report,
    web_eid, xades,
};

/// The format of a signed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFormat {
    /// CAdES, DER or BER.
    Cades,
    /// A prescription with its signature in it, or a message with one.
    Eps,
    /// JAdES, or a plain JWS: compact or JSON.
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
        Some(FileFormat::Jades) => (jades::certificates(octets), jades::timestamp_token(octets)),
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

/// A verification of a signed file, or of a token, that waits for public-key operations.
#[derive(Debug)]
#[must_use = "nothing has been verified yet"]
pub struct Pending(State);

#[derive(Debug)]
enum State {
    /// Nothing is left to be found out.
    Decided(Box<Report>),
    Document(cades::Pending),
    Eps(eps::Pending),
    Token(Box<web_eid::PendingReport>),
}

/// Begins the verification of a signed file by its format; `document` is that of a signature which
/// does not hold it, for that of a prescription too.
///
/// Longer files than [`MAX_BYTES`] are refused unread.
pub fn verify(octets: &[u8], document: Option<&[u8]>, options: &VerifyOptions) -> Pending {
    if let Some(refused) = too_long(octets, document) {
        return refused;
    }
    let beside = document.map(crate::Document::Octets);
    Pending(match FileFormat::of(octets) {
        Some(FileFormat::Cades) => State::Document(cades::verify(octets, beside, options)),
        Some(FileFormat::Eps) => prescription(octets, document, options),
        Some(FileFormat::Jades) => State::Document(jades::verify(octets, document, options)),
        Some(FileFormat::Pades) => pdf(octets, document, options),
        Some(FileFormat::Xades) => match document.filter(|_| is_of_prescription(octets)) {
            Some(document) => match eps::embed(document, octets) {
                Ok(signed) => State::Eps(eps::verify(&signed, options)),
                Err(error) => refused("prescription", &error.to_string()),
            },
            None => State::Document(xades::verify(octets, beside, options)),
        },
        None => refused("format", UNKNOWN),
    })
}

/// What becomes of a file, or of a document beside its signature, that is longer than [`MAX_BYTES`].
#[must_use]
pub fn too_long(octets: &[u8], document: Option<&[u8]>) -> Option<Pending> {
    let longest = octets.len().max(document.map_or(0, <[u8]>::len));
    (longest > MAX_BYTES).then(|| Pending(refused("format", "Longer than what is read here")))
}

impl Pending {
    /// The signatures to verify.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        match &self.0 {
            State::Decided(_) => &[],
            State::Document(pending) => pending.obligations(),
            State::Eps(pending) => pending.obligations(),
            State::Token(pending) => pending.obligations(),
        }
    }

    /// The result, given for each of [`Pending::obligations`], in their order, whether it holds.
    /// A missing answer counts as one that does not hold.
    #[must_use]
    pub fn conclude(self, answers: &[bool]) -> Report {
        match self.0 {
            State::Decided(report) => *report,
            State::Document(pending) => pending.conclude(answers),
            State::Eps(pending) => pending.conclude(answers),
            State::Token(pending) => pending.conclude(answers),
        }
    }

    /// The result, with the signatures verified here.
    #[cfg(feature = "native")]
    #[must_use]
    pub fn discharge(self) -> Report {
        let answers: Vec<bool> = self.obligations().iter().map(Obligation::discharge).collect();
        self.conclude(&answers)
    }
}

impl From<eps::Pending> for Pending {
    fn from(pending: eps::Pending) -> Self {
        Self(State::Eps(pending))
    }
}

impl From<web_eid::PendingReport> for Pending {
    fn from(pending: web_eid::PendingReport) -> Self {
        Self(State::Token(Box::new(pending)))
    }
}

impl From<cades::Pending> for Pending {
    fn from(pending: cades::Pending) -> Self {
        Self(State::Document(pending))
    }
}

/// A signed prescription holds its signature, so that a document beside it is none of its.
fn prescription(octets: &[u8], document: Option<&[u8]>, options: &VerifyOptions) -> State {
    match document {
        Some(other) if other != octets => refused("prescription", "It names no document beside it"),
        _ => State::Eps(eps::verify(octets, options)),
    }
}

/// A PDF holds its signatures, so that a document beside it is none of theirs.
fn pdf(octets: &[u8], document: Option<&[u8]>, options: &VerifyOptions) -> State {
    match document {
        Some(other) if other != octets => refused("format", "It names no document beside it"),
        _ => State::Document(pades::verify(octets, options)),
    }
}

fn refused(check: &str, reason: &str) -> State {
    State::Decided(Box::new(Report::refused(check, reason)))
}

/// Whether it is the Signature element of a prescription, which names nothing that it is over.
fn is_of_prescription(octets: &[u8]) -> bool {
    let Ok(document) = Document::parse(octets, &Limits::DEFAULT) else { return false };
    let signed_info = document.root().only_child(dsig::NAMESPACE, "SignedInfo");
    let reference = signed_info.and_then(|info| info.only_child(dsig::NAMESPACE, "Reference"));
    reference.is_some_and(|reference| reference.attribute("URI").is_none())
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
    let octets = cms::der(octets);
    let data = SignedData::read(&octets).ok()?;
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

fn dots(text: &[u8]) -> usize {
    text.iter().filter(|octet| **octet == b'.').count()
}

/// The longest signed file that is read, in octets: one around a document of 100 MB, in base64.
pub const MAX_BYTES: usize = 192 * 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();
const MOST: usize = 32;
const PDF: &[u8] = b"%PDF-";
const SEQUENCE: u8 = 0x30;
const UNKNOWN: &str = "Not a signature of a kind that is known here";

#[cfg(test)]
mod tests;
