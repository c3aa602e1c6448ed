//! PDF (ISO 32000-1), as far as signatures need it: strict, bounded, and with the place of every
//! object, which a signature's coverage is judged by.
//!
//! Nothing is repaired: a file whose cross-references do not lead to its objects is refused, for
//! two readers would repair it in two ways. Encrypted files are refused as well. Time and memory
//! are bounded by the file's length and constants.

mod document;
mod filter;
mod form;
mod object;
mod page;
mod parse;
mod update;
mod write;
mod xref;

pub(crate) use document::Pdf;
#[cfg(feature = "verify")]
pub(crate) use document::{Entry, Place};
pub(crate) use object::{Dictionary, Object, Reference};
pub use page::pages;
pub(crate) use update::Update;
pub(crate) use write::{name, string};

/// Why octets are no PDF that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// It is encrypted.
    #[error("the PDF is encrypted")]
    Encrypted,
    /// Its structure is broken, or not a PDF's at all.
    #[error("not a well-formed PDF: {0}")]
    Malformed(&'static str),
    /// It has more, or deeper, than is read here.
    #[error("the PDF is too large, too deep or too tangled")]
    TooLarge,
    /// Its structure is compressed by a filter that is not read here.
    #[error("the PDF is compressed in a way that is not read here")]
    Unsupported,
}

#[cfg(test)]
pub(crate) mod tests;
