use std::ops::Range;

use wardkey_crypto::SignatureAlgorithm;

use super::{PadesError, SUB_FILTER, date, place::place, placed};
use crate::{
    Commitment, Document,
    cades::{self, CadesError},
    pdf::{Pdf, PdfError, Update, name, string},
};

/// What is to be signed, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The PDF.
    pub document: &'a [u8],
    /// How the card signs.
    pub algorithm: SignatureAlgorithm,
    /// The signer's certificate, DER.
    pub certificate_der: &'a [u8],
    /// Certificates of authorities, DER, that travel along.
    pub chain: &'a [&'a [u8]],
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub signing_time: u64,
    /// What the signer commits to.
    pub commitment: Option<Commitment>,
    /// Why; left out where there is a commitment, beside which it may not stand.
    pub reason: Option<&'a str>,
    /// Whether there has to be room for a timestamp.
    pub room_for_timestamp: bool,
}

/// A signature that waits for the card's.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The signed PDF with zeros in place of the signature.
    octets: Vec<u8>,
    contents: Range<usize>,
    cms: cades::Prepared,
}

/// Appends a signature's field and dictionary to the PDF, and lays out the signed attributes:
/// content-type, message-digest, signing-certificate-v2 and, where it is asked for,
/// commitment-type-indication. The time stands in the dictionary (ETSI EN 319 142-1, section 6.3).
///
/// # Errors
/// [`PadesError`] when the PDF, the certificate or the time can't be used.
pub fn prepare(request: Request<'_>) -> Result<Prepared, PadesError> {
    // Before anything is looked at in the PDF.
    attributes(&request, &vec![0; request.algorithm.hash().length()])?;
    let pdf = Pdf::read(request.document)?;
    let mut update = Update::of(&pdf)?;
    let reference = place(&pdf, &mut update)?;
    let room = room(&request);
    let Layout { dictionary, range, contents } = Layout::of(&request, room)?;
    update.put_octets(reference, dictionary);
    let (mut octets, places) = update.finish()?;
    let begin = places.get(&reference).ok_or(PdfError::TooLarge)?;
    let contents = begin + contents.start..begin + contents.end;
    let covered = octets.len() - contents.end;
    let numbers = format!("0 {} {} {covered}", contents.start, contents.end);
    let at = begin + range.start;
    let range = octets.get_mut(at..at + numbers.len()).ok_or(PdfError::TooLarge)?;
    range.copy_from_slice(numbers.as_bytes());
    let parts = [&octets[..contents.start], &octets[contents.end..]];
    let digest = request.algorithm.hash().digest_all(&parts).ok_or(CadesError::Digest)?;
    let cms = attributes(&request, &digest)?;
    Ok(Prepared { octets, contents, cms })
}

/// Whether a signature can be put into these octets, so that what is wrong is known before anybody
/// is asked.
///
/// # Errors
/// [`PadesError::Pdf`], [`PadesError::Certified`] or [`PadesError::Placement`].
pub fn check(document: &[u8]) -> Result<(), PadesError> {
    let pdf = Pdf::read(document)?;
    place(&pdf, &mut Update::of(&pdf)?)?;
    placed::all(&pdf).map(drop)
}

impl Prepared {
    /// The octets to sign: the DER SET OF the signed attributes, beginning with 0x31.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.cms.to_be_signed()
    }

    /// How to sign them.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.cms.algorithm()
    }

    /// The signed PDF; `signature` is RSA's as it is, ECDSA's as `r || s`.
    ///
    /// # Errors
    /// [`PadesError::Cades`] when the signature has not the shape of its algorithm.
    pub fn assemble(&self, signature: &[u8]) -> Result<Vec<u8>, PadesError> {
        let cms = self.cms.assemble(signature)?;
        filled(self.octets.clone(), &self.contents, &cms)
    }
}

/// The file with this CMS in Contents, and zeros after it.
pub(super) fn filled(
    mut octets: Vec<u8>,
    contents: &Range<usize>,
    cms: &[u8],
) -> Result<Vec<u8>, PadesError> {
    let digits = string(cms);
    let digits = &digits[1..digits.len() - 1];
    let room = octets.get_mut(contents.start + 1..contents.end - 1).ok_or(PadesError::Room)?;
    let (value, rest) = room.split_at_mut_checked(digits.len()).ok_or(PadesError::Room)?;
    value.copy_from_slice(digits);
    rest.fill(b'0');
    Ok(octets)
}

fn attributes(request: &Request<'_>, digest: &[u8]) -> Result<cades::Prepared, CadesError> {
    cades::prepare_untimed(cades::Request {
        document: Document::Digest(digest),
        attached: false,
        algorithm: request.algorithm,
        certificate_der: request.certificate_der,
        chain: request.chain,
        signing_time: request.signing_time,
        commitment: request.commitment,
        media_type: None,
    })
}

/// The signature's dictionary (ISO 32000-1, table 252).
struct Layout {
    dictionary: Vec<u8>,
    /// Where in it the numbers of ByteRange stand, as long as they get.
    range: Range<usize>,
    /// Where in it Contents stands.
    contents: Range<usize>,
}

impl Layout {
    fn of(request: &Request<'_>, room: usize) -> Result<Self, PadesError> {
        let mut out = b"<</Type /Sig/Filter /Adobe.PPKLite/SubFilter ".to_vec();
        out.extend_from_slice(&name(SUB_FILTER.as_bytes()));
        let time = date::write(request.signing_time).ok_or(PadesError::Time)?;
        out.extend_from_slice(format!("/M ({time})").as_bytes());
        if let Some(reason) = request.reason.filter(|_| request.commitment.is_none()) {
            out.extend_from_slice(b"/Reason ");
            out.extend_from_slice(&string(&text(reason)));
        }
        out.extend_from_slice(b"/ByteRange [");
        let range = out.len()..out.len() + LONGEST_RANGE;
        out.resize(range.end, b' ');
        out.extend_from_slice(b"]/Contents ");
        let contents = out.len()..out.len() + 2 * room + 2;
        out.push(b'<');
        out.resize(contents.end - 1, b'0');
        out.extend_from_slice(b">>>");
        Ok(Self { dictionary: out, range, contents })
    }
}

/// A text string (ISO 32000-1, section 7.9.2.2): UTF-16 with its mark.
fn text(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_be_bytes).collect()
}

/// How many octets are kept for the CMS.
fn room(request: &Request<'_>) -> usize {
    let chain: usize = request.chain.iter().map(|der| der.len()).sum();
    let timestamp = if request.room_for_timestamp { TIMESTAMP_ROOM } else { 0 };
    request.certificate_der.len() + chain + CMS_ROOM + timestamp
}

/// For attributes, in which issuer and serial number stand once more, and a signature.
const CMS_ROOM: usize = 4 * 1024;
/// `0` and three numbers of ten digits.
const LONGEST_RANGE: usize = 34;
const TIMESTAMP_ROOM: usize = 16 * 1024;
