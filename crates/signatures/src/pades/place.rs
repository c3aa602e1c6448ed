use std::collections::BTreeSet;

use super::PadesError;
use crate::pdf::{Dictionary, Object, Pdf, PdfError, Reference, Update};

/// Puts a signature's dictionary into a PDF: a field with an invisible widget on the first page,
/// which is the last of the form. Gives what refers to the dictionary, whose octets are still to be
/// put there.
///
/// # Errors
/// [`PadesError::Certified`] where the document admits no signature; what is wrong with the PDF.
pub(super) fn place(pdf: &Pdf<'_>, update: &mut Update<'_, '_>) -> Result<Reference, PadesError> {
    check_permission(pdf)?;
    let page = pdf.pages(1)?.first().copied().ok_or(PdfError::Malformed("no pages"))?;
    let (dictionary, field) = (update.reserve(), update.reserve());
    let mut widget = Dictionary::default();
    widget.set("Type", named("Annot"));
    widget.set("Subtype", named("Widget"));
    widget.set("FT", named("Sig"));
    widget.set("T", Object::String(free_name(pdf)?));
    widget.set("V", Object::Reference(dictionary));
    widget.set("P", Object::Reference(page));
    widget.set("Rect", Object::Array([0; 4].map(Object::Integer).to_vec()));
    widget.set("F", Object::Integer(PRINT_AND_LOCKED));
    update.put(field, &Object::Dictionary(widget));
    add_to_page(pdf, update, page, field)?;
    add_to_form(pdf, update, field)?;
    Ok(dictionary)
}

fn add_to_page(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    page: Reference,
    field: Reference,
) -> Result<(), PadesError> {
    let dictionary = pdf.dictionary(&Object::Reference(page))?;
    let mut dictionary = dictionary.ok_or(PdfError::Malformed("a page is missing"))?;
    if let Some(array) = appended(pdf, update, dictionary.value("Annots"), field)? {
        dictionary.set("Annots", array);
        update.put(page, &Object::Dictionary(dictionary));
    }
    Ok(())
}

fn add_to_form(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    field: Reference,
) -> Result<(), PadesError> {
    let (root, mut catalog) = pdf.catalog()?;
    let mut form = pdf.form()?.unwrap_or_default();
    if let Some(array) = appended(pdf, update, form.value("Fields"), field)? {
        form.set("Fields", array);
    }
    form.set("SigFlags", Object::Integer(SIGNED_AND_APPENDED));
    let form = Object::Dictionary(form);
    match catalog.value("AcroForm").as_reference().filter(|form| pdf.is_there(*form)) {
        Some(reference) => update.put(reference, &form),
        None => {
            catalog.set("AcroForm", form);
            update.put(root, &Object::Dictionary(catalog));
        }
    }
    Ok(())
}

/// The array with one more; `None`: it is an object of its own, which was replaced.
fn appended(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    array: &Object,
    field: Reference,
) -> Result<Option<Object>, PadesError> {
    let mut values = match pdf.resolve(array)? {
        Object::Array(values) => values,
        Object::Null => Vec::new(),
        _ => return Err(PdfError::Malformed("no array").into()),
    };
    values.push(Object::Reference(field));
    let values = Object::Array(values);
    match array.as_reference().filter(|reference| pdf.is_there(*reference)) {
        Some(reference) => {
            update.put(reference, &values);
            Ok(None)
        }
        None => Ok(Some(values)),
    }
}

/// `Signature1`, or with the first number that no field has.
fn free_name(pdf: &Pdf<'_>) -> Result<Vec<u8>, PadesError> {
    let mut taken = BTreeSet::new();
    for field in pdf.fields()? {
        taken.extend(pdf.resolve(field.dictionary.value("T"))?.as_string().map(<[u8]>::to_vec));
    }
    let mut names = (1..=taken.len() + 1).map(|number| format!("Signature{number}").into_bytes());
    Ok(names.find(|name| !taken.contains(name)).unwrap_or_default())
}

/// A certifying signature may admit no change at all (ISO 32000-1, section 12.8.2.2).
pub(super) fn check_permission(pdf: &Pdf<'_>) -> Result<(), PadesError> {
    let (_, catalog) = pdf.catalog()?;
    let permissions = pdf.dictionary(catalog.value("Perms"))?.unwrap_or_default();
    let Some(signature) = pdf.dictionary(permissions.value("DocMDP"))? else { return Ok(()) };
    for reference in pdf.resolve(signature.value("Reference"))?.as_array().unwrap_or_default() {
        let reference = pdf.dictionary(reference)?.unwrap_or_default();
        let parameters = pdf.dictionary(reference.value("TransformParams"))?.unwrap_or_default();
        if pdf.resolve(parameters.value("P"))?.as_integer() == Some(NO_CHANGES) {
            return Err(PadesError::Certified);
        }
    }
    Ok(())
}

fn named(name: &str) -> Object {
    Object::Name(name.as_bytes().to_vec())
}

const NO_CHANGES: i64 = 1;
/// Of an annotation (ISO 32000-1, table 165).
const PRINT_AND_LOCKED: i64 = 4 | 128;
/// Of a form (table 219).
const SIGNED_AND_APPENDED: i64 = 3;
