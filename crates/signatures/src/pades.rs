//! PAdES baseline signatures, B-B and B-T (ETSI EN 319 142-1): CAdES in a PDF, over all of it but
//! the octets of the signature itself.
//!
//! Signing appends an incremental update and changes no octet that was there, so that earlier
//! signatures go on holding. Verifying judges every signature of a file. The last one's report is
//! the file's, the others' stand in [`earlier`](crate::report::Report::earlier), and the file is
//! valid only if each of them is. After an earlier signature, or after the last, nothing may have
//! been added but what signing adds: invisible fields with their signatures, values of signature
//! fields that were empty, material for verification, and metadata. Whatever else was changed makes
//! the signature before it invalid.

mod date;
mod place;
mod placed;
mod prepare;
mod timestamped;
#[cfg(feature = "verify")]
mod verify;

use crate::{cades::CadesError, pdf::PdfError};

#[cfg(feature = "verify")]
pub use crate::judgement::Pending;
pub use prepare::{Prepared, Request, check, prepare};
#[cfg(feature = "verify")]
pub(crate) use timestamped::every_cms;
pub use timestamped::{timestamp_imprint, with_timestamp};
#[cfg(feature = "verify")]
pub use verify::verify;

/// Why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PadesError {
    /// The certificate, its key or the time can't be used.
    #[error(transparent)]
    Cades(#[from] CadesError),
    /// Its author certified the document, and admits no change (ISO 32000-1, section 12.8.2.2).
    #[error("the document's author admits no change")]
    Certified,
    /// Not a PDF that is read here.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// A signature in the file does not stand as it has to.
    #[error("a signature is misplaced: {0}")]
    Placement(&'static str),
    /// There is too little room for the timestamp.
    #[error("no room for the timestamp")]
    Room,
    /// The time has no form in PDF.
    #[error("the time can't be written")]
    Time,
    /// The last signature of the file does not cover all of it, or there is none.
    #[error("no signature of the whole file")]
    Unsigned,
}

/// The value of SubFilter (ETSI EN 319 142-1, section 6.3).
const SUB_FILTER: &str = "ETSI.CAdES.detached";

#[cfg(test)]
mod tests;
