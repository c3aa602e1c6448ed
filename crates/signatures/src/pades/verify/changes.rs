//! What was done to a document after it was signed: incremental updates can put anything in the
//! place of what was signed, and leave the signed octets as they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    pades::place::check_permission,
    pdf::{Dictionary, Entry, Object, Pdf, PdfError, Place, Reference},
};

/// Whether all that came after a revision is what signing adds, or says nothing on a page.
///
/// # Errors
/// The first change that is another.
pub(super) fn between(before: &Pdf<'_>, after: &Pdf<'_>) -> Result<(), Change> {
    if before.trailer().value("Root") != after.trailer().value("Root") {
        return Err(Change::Catalog);
    }
    // Some readers take what lies beyond for missing.
    let size = |pdf: &Pdf<'_>| pdf.trailer().value("Size").as_integer();
    if size(after) < size(before) {
        return Err(Change::Size);
    }
    let roles = roles(before)?;
    let mut added = Added::default();
    for (&number, entry) in before.entries() {
        let Entry::Used(place) = *entry else { continue };
        let now = after.place(number).ok_or(Change::Removed(number))?;
        if is_same_place(before, after, place, now) {
            continue;
        }
        let reference = Reference { number, generation: generation(place) };
        let (old, new) = (before.get(reference)?, after.get(reference)?);
        if old == new {
            continue;
        }
        let role = roles.get(&number).ok_or(Change::Object(number))?;
        added.examine(before, after, number, *role, &old, &new)?;
    }
    added.check(before, after)
}

/// A change that signing does not make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The document has another catalog.
    Catalog,
    /// A key of the catalog, the form, a page or a field.
    Key(u32),
    /// Something that is not read here.
    Pdf(PdfError),
    Object(u32),
    /// An object is new or another that the document refers to already.
    Reference(u32),
    Removed(u32),
    /// The document is said to have fewer objects.
    Size,
    /// A field or annotation that is none of an invisible signature.
    Field,
}

impl From<PdfError> for Change {
    fn from(error: PdfError) -> Self {
        Self::Pdf(error)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalog => f.write_str("it has another catalog"),
            Self::Key(number) => write!(f, "object {number} has other entries"),
            Self::Pdf(error) => error.fmt(f),
            Self::Object(number) => write!(f, "object {number} is another"),
            Self::Reference(number) => write!(f, "object {number} is part of the document"),
            Self::Removed(number) => write!(f, "object {number} is gone"),
            Self::Size => f.write_str("it has fewer objects"),
            Self::Field => f.write_str("a field is new that is no invisible signature's"),
        }
    }
}

/// What an object is to its document, as far as signing may change it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Annotations,
    Catalog,
    /// A signature's field that has no signature, or a widget of one.
    EmptyField,
    Fields,
    Form,
    /// It says nothing on a page.
    Metadata,
    Page,
}

fn roles(pdf: &Pdf<'_>) -> Result<BTreeMap<u32, Role>, PdfError> {
    let (root, catalog) = pdf.catalog()?;
    let mut roles = BTreeMap::new();
    // What has two roles keeps the first, which is the stricter.
    let mut put = |object: &Object, role| {
        if let Some(reference) = object.as_reference() {
            roles.entry(reference.number).or_insert(role);
        }
    };
    put(&Object::Reference(root), Role::Catalog);
    for page in pdf.pages(usize::MAX)? {
        let page = Object::Reference(page);
        put(&page, Role::Page);
        if let Some(dictionary) = pdf.dictionary(&page)? {
            put(dictionary.value("Annots"), Role::Annotations);
        }
    }
    put(catalog.value("AcroForm"), Role::Form);
    put(pdf.form()?.unwrap_or_default().value("Fields"), Role::Fields);
    for field in pdf.fields()? {
        if field.for_signature && !field.has_value {
            put(&Object::Reference(field.reference), Role::EmptyField);
        }
    }
    put(pdf.trailer().value("Info"), Role::Metadata);
    put(catalog.value("Metadata"), Role::Metadata);
    Ok(roles)
}

/// What is new in the form and on pages.
#[derive(Default)]
struct Added {
    fields: BTreeSet<Reference>,
    annotations: BTreeSet<Reference>,
    /// Whether a field that was there has got its signature.
    filled: bool,
    /// Numbers of metadata that are others.
    metadata: BTreeSet<u32>,
}

impl Added {
    fn examine(
        &mut self,
        before: &Pdf<'_>,
        after: &Pdf<'_>,
        number: u32,
        role: Role,
        old: &Object,
        new: &Object,
    ) -> Result<(), Change> {
        let keys = match (role, old, new) {
            (Role::Metadata, ..) => {
                self.metadata.insert(number);
                return Ok(());
            }
            (Role::Annotations, ..) => {
                self.annotations.extend(more(before, after, old, new)?);
                return Ok(());
            }
            (Role::Fields, ..) => {
                self.fields.extend(more(before, after, old, new)?);
                return Ok(());
            }
            (_, Object::Dictionary(old), Object::Dictionary(new)) => (old, new),
            _ => return Err(Change::Object(number)),
        };
        let (old, new) = keys;
        for key in changed(old, new) {
            let (was, is) = (old.value(key), new.value(key));
            match (role, key) {
                (Role::Catalog, "AcroForm") => {
                    let was = before.dictionary(was)?;
                    let is = after.dictionary(is)?.ok_or(Change::Key(number))?;
                    let was = was.unwrap_or_default();
                    self.examine_form(before, after, number, &was, &is)?;
                }
                (Role::Catalog, "DSS" | "Extensions" | "Metadata" | "Version") => (),
                (Role::Page, "Annots") => self.annotations.extend(more(before, after, was, is)?),
                (Role::EmptyField, "V" | "AP" | "M") => self.filled = true,
                (Role::Form, _) => return self.examine_form(before, after, number, old, new),
                _ => return Err(Change::Key(number)),
            }
        }
        Ok(())
    }

    fn examine_form(
        &mut self,
        before: &Pdf<'_>,
        after: &Pdf<'_>,
        number: u32,
        old: &Dictionary,
        new: &Dictionary,
    ) -> Result<(), Change> {
        for key in changed(old, new) {
            let (was, is) = (old.value(key), new.value(key));
            match key {
                "Fields" => self.fields.extend(more(before, after, was, is)?),
                "SigFlags" => (),
                // Resources and looks of fields, of which there were none.
                "DA" | "DR" if *was == Object::Null => (),
                _ => return Err(Change::Key(number)),
            }
        }
        Ok(())
    }

    /// New fields are invisible signatures', and new annotations their widgets; nothing is new that
    /// the document referred to before, and metadata is nothing else to it.
    fn check(&self, before: &Pdf<'_>, after: &Pdf<'_>) -> Result<(), Change> {
        if (self.filled || !self.fields.is_empty()) && check_permission(before).is_err() {
            return Err(Change::Field);
        }
        for field in &self.fields {
            let dictionary = after.dictionary(&Object::Reference(*field))?;
            let dictionary = dictionary.ok_or(Change::Field)?;
            let is_signature = dictionary.value("FT").is_name("Sig");
            // Actions could do anything when the page is opened.
            let does_more = ["A", "AA", "Kids"].iter().any(|key| dictionary.get(key).is_some());
            let is_new = before.place(field.number).is_none();
            if !is_new || !is_signature || does_more || !is_invisible(&dictionary) {
                return Err(Change::Field);
            }
        }
        if !self.annotations.is_subset(&self.fields) {
            return Err(Change::Field);
        }
        let mut watched = self.metadata.clone();
        for (&number, entry) in after.entries() {
            if *entry != Entry::Free && before.place(number).is_none() {
                watched.insert(number);
            }
        }
        if watched.is_empty() {
            return Ok(());
        }
        let (root, mut catalog) = before.catalog()?;
        catalog.0.retain(|(key, _)| key != b"Metadata");
        let catalog = Object::Dictionary(catalog);
        for (&number, entry) in before.entries() {
            let Entry::Used(place) = *entry else { continue };
            let reference = Reference { number, generation: generation(place) };
            let mut object =
                if reference == root { catalog.clone() } else { before.get(reference)? };
            // A trailer, which names the metadata.
            if let Object::Stream(dictionary, _) = &mut object
                && dictionary.value("Type").is_name("XRef")
            {
                dictionary.0.retain(|(key, _)| key != b"Info");
            }
            if let Some(found) = refers(&object, &watched) {
                return Err(Change::Reference(found));
            }
        }
        Ok(())
    }
}

/// What an array has more than before, at its end.
fn more(
    before: &Pdf<'_>,
    after: &Pdf<'_>,
    old: &Object,
    new: &Object,
) -> Result<Vec<Reference>, Change> {
    let (old, new) = (before.resolve(old)?, after.resolve(new)?);
    let rest = new.as_array().and_then(|new| new.strip_prefix(old.as_array().unwrap_or_default()));
    let rest = rest.ok_or(Change::Field)?.iter().map(Object::as_reference);
    rest.collect::<Option<_>>().ok_or(Change::Field)
}

/// The keys whose values are others. One that is no text is never one that may change.
fn changed<'a>(old: &'a Dictionary, new: &'a Dictionary) -> BTreeSet<&'a str> {
    let keys = old.0.iter().chain(&new.0).map(|(key, _)| key);
    let same = |key: &&Vec<u8>| {
        let of = |dictionary: &'a Dictionary| dictionary.0.iter().find(|(name, _)| name == *key);
        let value = |dictionary| of(dictionary).map_or(&Object::Null, |(_, value)| value);
        value(old) == value(new)
    };
    keys.filter(|key| !same(key)).map(|key| std::str::from_utf8(key).unwrap_or_default()).collect()
}

/// Whether a widget takes no room on its page, or is hidden (ISO 32000-1, section 12.5.3).
fn is_invisible(widget: &Dictionary) -> bool {
    let number = |object: &Object| match object {
        Object::Integer(value) => Some(*value as f64),
        Object::Real(text) => std::str::from_utf8(text).ok()?.parse::<f64>().ok(),
        _ => None,
    };
    let flags = widget.value("F").as_integer().unwrap_or_default();
    match widget.value("Rect") {
        _ if flags & HIDDEN_OR_NO_VIEW != 0 => true,
        Object::Null => true,
        Object::Array(corners) => {
            let corners: Option<Vec<f64>> = corners.iter().map(number).collect();
            matches!(corners.as_deref(), Some([a, b, c, d]) if a == c || b == d)
        }
        _ => false,
    }
}

/// The first of these numbers that the object refers to.
fn refers(object: &Object, to: &BTreeSet<u32>) -> Option<u32> {
    match object {
        Object::Array(values) => values.iter().find_map(|value| refers(value, to)),
        Object::Dictionary(dictionary) | Object::Stream(dictionary, _) => {
            dictionary.0.iter().find_map(|(_, value)| refers(value, to))
        }
        Object::Reference(reference) => Some(reference.number).filter(|it| to.contains(it)),
        _ => None,
    }
}

/// Whether both places hold the same octets; those of the earlier revision are in both files.
fn is_same_place(before: &Pdf<'_>, after: &Pdf<'_>, old: Place, new: Place) -> bool {
    let container = |place| match place {
        Place::In { container, .. } => Some(container),
        Place::At { .. } => None,
    };
    let of = |pdf: &Pdf<'_>, place| container(place).map(|number| pdf.place(number));
    old == new && of(before, old) == of(after, new)
}

fn generation(place: Place) -> u16 {
    match place {
        Place::At { generation, .. } => generation,
        Place::In { .. } => 0,
    }
}

/// Of an annotation's flags (ISO 32000-1, table 165).
const HIDDEN_OR_NO_VIEW: i64 = 2 | 32;
