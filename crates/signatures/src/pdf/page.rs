use std::collections::BTreeSet;

use super::{Object, Pdf, PdfError, Reference, parse::malformed};

/// How many pages a PDF has, counted in its page tree.
///
/// # Errors
/// [`PdfError`] for what is no PDF that is read here.
///
/// ```
/// use wardkey_signatures::pdf::{PdfError, pages};
///
/// assert!(matches!(pages(b"Rest, and drink plenty."), Err(PdfError::Malformed(_))));
/// ```
pub fn pages(octets: &[u8]) -> Result<usize, PdfError> {
    Ok(Pdf::read(octets)?.pages(usize::MAX)?.len())
}

impl Pdf<'_> {
    /// The pages in their order, up to `most`.
    pub(crate) fn pages(&self, most: usize) -> Result<Vec<Reference>, PdfError> {
        let (_, catalog) = self.catalog()?;
        let root = catalog.value("Pages").as_reference().ok_or(malformed("no pages"))?;
        let mut pages = Vec::new();
        let mut visited = BTreeSet::new();
        let mut waiting = vec![root];
        while let Some(node) = waiting.pop() {
            if !visited.insert(node) {
                return Err(malformed("a page twice"));
            }
            if visited.len() > MAX_NODES {
                return Err(PdfError::TooLarge);
            }
            let dictionary = self.dictionary(&Object::Reference(node))?;
            let dictionary = dictionary.ok_or(malformed("a page is missing"))?;
            match self.resolve(dictionary.value("Kids"))? {
                Object::Array(kids) if dictionary.value("Type").is_name("Pages") => {
                    let kids: Option<Vec<Reference>> =
                        kids.iter().rev().map(Object::as_reference).collect();
                    waiting.extend(kids.ok_or(malformed("a page is missing"))?);
                    if waiting.len() > MAX_NODES {
                        return Err(PdfError::TooLarge);
                    }
                }
                Object::Null if dictionary.value("Type").is_name("Page") => {
                    pages.push(node);
                    if pages.len() >= most {
                        return Ok(pages);
                    }
                }
                _ => return Err(malformed("a page of another type")),
            }
        }
        Ok(pages)
    }
}

/// Of the page tree.
const MAX_NODES: usize = 200_000;
