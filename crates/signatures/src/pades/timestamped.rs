use super::{PadesError, placed, placed::Placed, prepare::filled};
use crate::{cades, pdf::Pdf};

/// What a timestamp over a PAdES signature is over: the signature value of the file's last
/// signature (ETSI EN 319 142-1, section 6.3; EN 319 122-1, section 5.3).
///
/// # Errors
/// [`PadesError::Unsigned`] when no signature covers the whole file.
pub fn timestamp_imprint(pades: &[u8]) -> Result<Vec<u8>, PadesError> {
    let (_, cms) = last(pades)?;
    Ok(cades::timestamp_imprint(&cms)?)
}

/// A B-T signature: the last one of the file with a timestamp's token, DER, in place of any that it
/// had. What it covers stays as it is.
///
/// # Errors
/// [`PadesError::Unsigned`] when no signature covers the whole file, [`PadesError::Room`] when the
/// token is longer than was foreseen.
pub fn with_timestamp(pades: &[u8], token: &[u8]) -> Result<Vec<u8>, PadesError> {
    let (placed, cms) = last(pades)?;
    let cms = cades::with_timestamp(&cms, token)?;
    filled(pades.to_vec(), &placed.contents, &cms)
}

/// The CMS of each signature, unverified, the last one's first. `None`: it is none that is read
/// here.
#[cfg(feature = "verify")]
pub(crate) fn every_cms(pades: &[u8]) -> Option<Vec<Vec<u8>>> {
    let placed = placed::all(&Pdf::read(pades).ok()?).ok()?;
    Some(placed.iter().rev().filter_map(|placed| placed.cms(pades)).collect())
}

fn last(pades: &[u8]) -> Result<(Placed, Vec<u8>), PadesError> {
    let placed = placed::all(&Pdf::read(pades)?)?.pop();
    let placed = placed.filter(|placed| placed.end == pades.len()).ok_or(PadesError::Unsigned)?;
    let cms = placed.cms(pades).ok_or(PadesError::Placement("Contents is no CMS"))?;
    Ok((placed, cms))
}
