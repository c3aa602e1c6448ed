use std::ops::Range;

use super::PadesError;
use crate::pdf::{Dictionary, Object, Pdf, Reference};

/// A signature where it stands in a file (ISO 32000-1, section 12.8.1).
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "verifying reads more"))]
pub(crate) struct Placed {
    /// What refers to its dictionary.
    pub(crate) reference: Reference,
    pub(crate) dictionary: Dictionary,
    /// The hexadecimal string of Contents, which the signature leaves out.
    pub(crate) contents: Range<usize>,
    /// Where the octets that it covers end.
    pub(crate) end: usize,
}

/// The signatures of the form, those of documents' timestamps included, by where they end.
///
/// # Errors
/// When one is not an object in the file, or does not leave out exactly its own Contents.
pub(crate) fn all(pdf: &Pdf<'_>) -> Result<Vec<Placed>, PadesError> {
    let mut all = Vec::new();
    for field in pdf.fields()? {
        let value = field.dictionary.value("V");
        if !field.for_signature || *value == Object::Null {
            continue;
        }
        let reference = value.as_reference();
        let reference = reference.ok_or(PadesError::Placement("it is no object of its own"))?;
        all.push(Placed::at(pdf, reference)?);
        if all.len() > MAX_SIGNATURES {
            return Err(PadesError::Placement("there are too many"));
        }
    }
    all.sort_by_key(|placed| placed.end);
    if all.windows(2).any(|pair| pair[0].end == pair[1].end) {
        return Err(PadesError::Placement("two cover the same octets"));
    }
    Ok(all)
}

impl Placed {
    fn at(pdf: &Pdf<'_>, reference: Reference) -> Result<Self, PadesError> {
        let misplaced = PadesError::Placement;
        let entries = pdf.spanned(reference)?.ok_or(misplaced("its dictionary is not there"))?;
        let contents = entries.iter().find(|entry| entry.key == b"Contents");
        let contents = contents.ok_or(misplaced("Contents is missing"))?.span.clone();
        let pairs = entries.into_iter().map(|entry| (entry.key, entry.value));
        let dictionary = Dictionary(pairs.collect());
        let range = dictionary.value("ByteRange").as_array().unwrap_or_default();
        let range: Option<Vec<usize>> = range.iter().map(Object::as_size).collect();
        let Some([0, length, after, rest]) = range.as_deref() else {
            return Err(misplaced("ByteRange is missing or another than [0 a b c]"));
        };
        let end = after.checked_add(*rest).filter(|end| *end <= pdf.octets().len());
        let end = end.ok_or(misplaced("ByteRange leads out of the file"))?;
        if (*length, *after) != (contents.start, contents.end) {
            return Err(misplaced("ByteRange leaves out something else than Contents"));
        }
        let this = Self { reference, dictionary, contents, end };
        this.digits(pdf.octets()).ok_or(misplaced("Contents is not hexadecimal"))?;
        Ok(this)
    }

    /// What the signature covers, in its two parts.
    #[cfg(feature = "verify")]
    pub(crate) fn covered<'a>(&self, octets: &'a [u8]) -> [&'a [u8]; 2] {
        let part = |range: Range<usize>| octets.get(range).unwrap_or_default();
        [part(0..self.contents.start), part(self.contents.end..self.end)]
    }

    /// The CMS in Contents: one DER value, after which there are zeros alone.
    pub(crate) fn cms(&self, octets: &[u8]) -> Option<Vec<u8>> {
        let digit = |octet: u8| match octet {
            b'0'..=b'9' => octet - b'0',
            b'a'..=b'f' => octet - b'a' + 10,
            _ => octet.wrapping_sub(b'A').wrapping_add(10),
        };
        let pairs = self.digits(octets)?.chunks_exact(2);
        let mut value: Vec<u8> = pairs.map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
        let length = der_length(&value).filter(|length| *length <= value.len())?;
        value[length..].iter().all(|octet| *octet == 0).then_some(())?;
        value.truncate(length);
        Some(value)
    }

    /// The hexadecimal digits of Contents, an even number of them and nothing between.
    fn digits<'a>(&self, octets: &'a [u8]) -> Option<&'a [u8]> {
        let contents = octets.get(self.contents.clone())?;
        let digits = contents.strip_prefix(b"<")?.strip_suffix(b">")?;
        let fit = digits.len() % 2 == 0 && digits.iter().all(u8::is_ascii_hexdigit);
        fit.then_some(digits)
    }
}

/// The length of the DER SEQUENCE that stands at the beginning, its header included.
fn der_length(octets: &[u8]) -> Option<usize> {
    let (&tag, rest) = octets.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if tag != crate::tlv::SEQUENCE {
        return None;
    }
    if first < 0x80 {
        return Some(2 + usize::from(first));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let length = rest.get(..count)?.iter();
    let length = length.fold(0_usize, |length, octet| length << 8 | usize::from(*octet));
    length.checked_add(2 + count)
}

const MAX_SIGNATURES: usize = 32;
