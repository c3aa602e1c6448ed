use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::{Dictionary, Object, PdfError, parse::malformed};

/// The octets of a cross-reference or object stream, decoded (ISO 32000-1, section 7.4): plain, or
/// FlateDecode with or without a PNG predictor.
///
/// # Errors
/// [`PdfError::TooLarge`] beyond `limit` octets, [`PdfError::Unsupported`] for other filters.
pub(super) fn decode(
    dictionary: &Dictionary,
    octets: &[u8],
    limit: usize,
) -> Result<Vec<u8>, PdfError> {
    let filter = one(dictionary.value("Filter"))?;
    let parameters = one(dictionary.value("DecodeParms"))?;
    match filter {
        Object::Null if octets.len() > limit => Err(PdfError::TooLarge),
        Object::Null => Ok(octets.to_vec()),
        filter if filter.is_name("FlateDecode") => {
            let inflated = decompress_to_vec_zlib_with_limit(octets, limit).map_err(|error| {
                match error.status {
                    miniz_oxide::inflate::TINFLStatus::HasMoreOutput => PdfError::TooLarge,
                    _ => malformed("a stream that can't be inflated"),
                }
            })?;
            match parameters {
                Object::Null => Ok(inflated),
                Object::Dictionary(parameters) => predicted(inflated, parameters),
                _ => Err(PdfError::Unsupported),
            }
        }
        _ => Err(PdfError::Unsupported),
    }
}

/// A value, or the only one of an array.
fn one(value: &Object) -> Result<&Object, PdfError> {
    match value {
        Object::Array(values) => match &values[..] {
            [] => Ok(&Object::Null),
            [one] => Ok(one),
            _ => Err(PdfError::Unsupported),
        },
        value => Ok(value),
    }
}

/// Undoes a PNG predictor (PNG, section 9).
fn predicted(octets: Vec<u8>, parameters: &Dictionary) -> Result<Vec<u8>, PdfError> {
    let number = |key: &str, default: usize| match parameters.value(key) {
        Object::Null => Ok(default),
        value => value.as_size().filter(|size| *size <= MAX_COLUMNS).ok_or(PdfError::Unsupported),
    };
    let predictor = number("Predictor", 1)?;
    if predictor == 1 {
        return Ok(octets);
    }
    if !(10..=15).contains(&predictor) {
        return Err(PdfError::Unsupported);
    }
    let bits = number("Colors", 1)?
        .checked_mul(number("BitsPerComponent", 8)?)
        .filter(|bits| (1..=MAX_BITS).contains(bits))
        .ok_or(PdfError::Unsupported)?;
    let pixel = bits.div_ceil(8);
    let length = (bits * number("Columns", 1)?).div_ceil(8);
    if length == 0 {
        return Err(PdfError::Unsupported);
    }
    let mut out = Vec::with_capacity(octets.len());
    let mut above = vec![0; length];
    for row in octets.chunks(length + 1) {
        let (kind, row) = row.split_first().ok_or(malformed("a row"))?;
        if row.len() != length {
            return Err(malformed("a row that is cut short"));
        }
        let mut line = vec![0_u8; length];
        for at in 0..length {
            let before = |line: &[u8]| at.checked_sub(pixel).map_or(0, |left| line[left]);
            let (left, up, corner) = (before(&line), above[at], before(&above));
            let guess = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => return Err(malformed("a predictor")),
            };
            line[at] = row[at].wrapping_add(guess);
        }
        out.extend_from_slice(&line);
        above = line;
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, up, corner].map(i16::from);
    let guess = a + b - c;
    let [to_left, to_up, to_corner] = [a, b, c].map(|value| (guess - value).abs());
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

const MAX_BITS: usize = 1 << 10;
const MAX_COLUMNS: usize = 1 << 20;
