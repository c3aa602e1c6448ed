use std::collections::{BTreeMap, BTreeSet};

use super::{Dictionary, Object, Pdf, PdfError, Reference, parse::malformed};

/// A field of the interactive form, or a widget of one (ISO 32000-1, section 12.7).
#[cfg_attr(not(feature = "verify"), allow(dead_code, reason = "verifying reads more"))]
pub(crate) struct Field {
    pub(crate) reference: Reference,
    pub(crate) dictionary: Dictionary,
    /// Whether it is one for a signature, by its own word or its parent's.
    pub(crate) for_signature: bool,
    /// Whether it is, or is a widget of, one that has a value.
    pub(crate) has_value: bool,
}

impl Pdf<'_> {
    /// The form. `None`: there is none.
    pub(crate) fn form(&self) -> Result<Option<Dictionary>, PdfError> {
        let (_, catalog) = self.catalog()?;
        self.dictionary(catalog.value("AcroForm"))
    }

    /// The fields of the form and their widgets, parents before children.
    pub(crate) fn fields(&self) -> Result<Vec<Field>, PdfError> {
        let Some(form) = self.form()? else { return Ok(Vec::new()) };
        let mut fields = Vec::new();
        let mut visited = BTreeSet::new();
        let mut waiting = self.references(form.value("Fields"))?;
        let mut inherited = BTreeMap::new();
        while let Some(reference) = waiting.pop() {
            if !visited.insert(reference) {
                return Err(malformed("a field twice"));
            }
            if visited.len() > MAX_FIELDS {
                return Err(PdfError::TooLarge);
            }
            let Some(dictionary) = self.dictionary(&Object::Reference(reference))? else {
                continue;
            };
            let (of_parent, value_of_parent) =
                inherited.get(&reference).copied().unwrap_or_default();
            let for_signature = match dictionary.get("FT") {
                Some(kind) => self.resolve(kind)?.is_name("Sig"),
                None => of_parent,
            };
            let has_value = value_of_parent || *dictionary.value("V") != Object::Null;
            let kids = self.references(dictionary.value("Kids"))?;
            inherited.extend(kids.iter().map(|kid| (*kid, (for_signature, has_value))));
            waiting.extend(kids);
            if waiting.len() > MAX_FIELDS {
                return Err(PdfError::TooLarge);
            }
            fields.push(Field { reference, dictionary, for_signature, has_value });
        }
        Ok(fields)
    }

    /// The references of an array, the last first.
    fn references(&self, array: &Object) -> Result<Vec<Reference>, PdfError> {
        let array = self.resolve(array)?;
        let references = array.as_array().unwrap_or_default().iter().rev();
        let references = references.map(Object::as_reference).collect::<Option<_>>();
        references.ok_or(malformed("a field that is no object of its own"))
    }
}

/// With their widgets.
const MAX_FIELDS: usize = 100_000;
