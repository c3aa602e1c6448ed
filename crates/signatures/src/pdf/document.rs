use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use super::{
    Dictionary, Object, PdfError, Reference,
    filter::decode,
    parse::{Parser, Spanned, malformed},
    xref::{Table, content},
};

/// A PDF file, whose objects are read when they are asked for.
pub(crate) struct Pdf<'a> {
    octets: &'a [u8],
    table: Table,
    containers: RefCell<BTreeMap<u32, Rc<Container>>>,
    /// Octets that may still be parsed, and decoded.
    work: Cell<usize>,
    decodable: Cell<usize>,
}

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Free,
    Used(Place),
}

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the file.
    At { offset: usize, generation: u16 },
    /// In an object stream (ISO 32000-1, section 7.5.7).
    In { container: u32, index: u32 },
}

/// An object stream, decoded.
struct Container {
    octets: Vec<u8>,
    /// Number and offset of each object.
    objects: Vec<(u32, usize)>,
}

impl<'a> Pdf<'a> {
    /// Reads the structure of a file.
    ///
    /// # Errors
    /// [`PdfError`] for what is no PDF that is read here.
    pub(crate) fn read(octets: &'a [u8]) -> Result<Self, PdfError> {
        if !octets.starts_with(b"%PDF-") {
            return Err(malformed("it does not begin as one"));
        }
        if u32::try_from(octets.len()).is_err() {
            return Err(PdfError::TooLarge);
        }
        let table = Table::read(octets, MAX_DECODED)?;
        let work = octets.len().saturating_mul(PASSES).saturating_add(2 * MAX_DECODED);
        let decodable = MAX_DECODED.saturating_sub(table.decoded);
        let this = Self {
            octets,
            table,
            containers: RefCell::default(),
            work: Cell::new(work),
            decodable: Cell::new(decodable),
        };
        this.catalog()?;
        Ok(this)
    }

    pub(crate) fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The newest trailer.
    pub(crate) fn trailer(&self) -> &Dictionary {
        &self.table.trailer
    }

    /// Where the newest cross-reference section is.
    pub(crate) fn start(&self) -> usize {
        self.table.start
    }

    /// Whether the newest cross-reference section is a stream.
    pub(crate) fn has_stream(&self) -> bool {
        self.table.is_stream
    }

    #[cfg(feature = "verify")]
    pub(crate) fn entries(&self) -> &BTreeMap<u32, Entry> {
        &self.table.entries
    }

    /// The first number that no object has.
    pub(crate) fn next_number(&self) -> Result<u32, PdfError> {
        let size = self.trailer().value("Size").as_size();
        let size = size.and_then(|size| u32::try_from(size).ok()).unwrap_or_default();
        let last = self.table.entries.last_key_value().map_or(0, |(number, _)| *number);
        let next = last.checked_add(1).map(|next| next.max(size));
        next.filter(|next| *next < MAX_NUMBER).ok_or(PdfError::TooLarge)
    }

    /// The place of an object. `None`: there is none of this number.
    pub(crate) fn place(&self, number: u32) -> Option<Place> {
        match self.table.entries.get(&number)? {
            Entry::Free => None,
            Entry::Used(place) => Some(*place),
        }
    }

    /// An object; `null` where there is none (section 7.3.10).
    pub(crate) fn get(&self, reference: Reference) -> Result<Object, PdfError> {
        match self.place(reference.number) {
            None => Ok(Object::Null),
            Some(Place::At { generation, .. }) if generation != reference.generation => {
                Ok(Object::Null)
            }
            Some(Place::At { offset, .. }) => self.at(offset, reference),
            Some(Place::In { .. }) if reference.generation != 0 => Ok(Object::Null),
            Some(Place::In { container, index }) => {
                let container = self.container(container)?;
                let index = usize::try_from(index).map_err(|_| PdfError::TooLarge)?;
                let (number, offset) =
                    *container.objects.get(index).ok_or(malformed("no such object in a stream"))?;
                if number != reference.number {
                    return Err(malformed("another object in a stream"));
                }
                let mut parser = Parser::at(&container.octets, offset);
                let object = parser.object(0)?;
                self.worked(parser.position() - offset)?;
                Ok(object)
            }
        }
    }

    /// The object behind a reference, or the object itself.
    pub(crate) fn resolve(&self, object: &Object) -> Result<Object, PdfError> {
        let mut object = object.clone();
        for _ in 0..MAX_INDIRECTIONS {
            match object {
                Object::Reference(reference) => object = self.get(reference)?,
                object => return Ok(object),
            }
        }
        Err(PdfError::TooLarge)
    }

    /// The dictionary that a value is or refers to. `None`: it is none.
    pub(crate) fn dictionary(&self, value: &Object) -> Result<Option<Dictionary>, PdfError> {
        Ok(match self.resolve(value)? {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        })
    }

    /// A dictionary in the file with the place of each value. `None`: it is in an object stream, or
    /// not there.
    pub(crate) fn spanned(&self, reference: Reference) -> Result<Option<Vec<Spanned>>, PdfError> {
        let Some(Place::At { offset, generation }) = self.place(reference.number) else {
            return Ok(None);
        };
        let mut parser = Parser::at(self.octets, offset);
        let (found, entries) = parser.spanned()?;
        self.worked(parser.position() - offset)?;
        Ok((found == reference && generation == reference.generation).then_some(entries))
    }

    /// The catalog, and what refers to it.
    pub(crate) fn catalog(&self) -> Result<(Reference, Dictionary), PdfError> {
        let root = self.trailer().value("Root").as_reference().ok_or(malformed("no catalog"))?;
        let catalog = self.dictionary(&Object::Reference(root))?;
        Ok((root, catalog.ok_or(malformed("no catalog"))?))
    }

    fn at(&self, offset: usize, reference: Reference) -> Result<Object, PdfError> {
        if offset >= self.octets.len() {
            return Err(malformed("an object outside of the file"));
        }
        let mut parser = Parser::at(self.octets, offset);
        let (found, object) = parser.indirect()?;
        self.worked(parser.position() - offset)?;
        if found != reference {
            return Err(malformed("another object than its number says"));
        }
        Ok(object)
    }

    fn container(&self, number: u32) -> Result<Rc<Container>, PdfError> {
        if let Some(known) = self.containers.borrow().get(&number) {
            return Ok(Rc::clone(known));
        }
        let Some(Place::At { offset, generation }) = self.place(number) else {
            return Err(malformed("an object stream is missing"));
        };
        let object = self.at(offset, Reference { number, generation })?;
        let Object::Stream(dictionary, data) = object else {
            return Err(malformed("an object stream is missing"));
        };
        if !dictionary.value("Type").is_name("ObjStm") {
            return Err(malformed("an object stream of another type"));
        }
        let content = content(self.octets, data, self.length(&dictionary)?)?;
        let octets = decode(&dictionary, content, self.decodable.get())?;
        self.decodable.set(self.decodable.get() - octets.len());
        let size = |key: &str| dictionary.value(key).as_size().ok_or(malformed("an object stream"));
        let (count, first) = (size("N")?, size("First")?);
        let mut objects = Vec::new();
        let mut parser = Parser::at(&octets, 0);
        for _ in 0..count {
            let (number, offset) = (parser.unsigned()?, parser.unsigned()?);
            let number = u32::try_from(number).map_err(|_| PdfError::TooLarge)?;
            let offset = usize::try_from(offset).ok().and_then(|offset| first.checked_add(offset));
            objects.push((number, offset.ok_or(PdfError::TooLarge)?));
        }
        self.worked(parser.position())?;
        let container = Rc::new(Container { octets, objects });
        self.containers.borrow_mut().insert(number, Rc::clone(&container));
        Ok(container)
    }

    /// The length of a stream; where it is an object of its own, that is in the file, so that no
    /// stream's length lies inside of itself.
    fn length(&self, dictionary: &Dictionary) -> Result<usize, PdfError> {
        let length = match dictionary.value("Length") {
            Object::Reference(reference) => match self.place(reference.number) {
                Some(Place::At { offset, .. }) => self.at(offset, *reference)?,
                _ => return Err(malformed("a stream's length")),
            },
            length => length.clone(),
        };
        length.as_size().ok_or(malformed("a stream's length"))
    }

    /// Many objects that each hold all the others would be read again and again.
    fn worked(&self, octets: usize) -> Result<(), PdfError> {
        self.work.set(self.work.get().checked_sub(octets).ok_or(PdfError::TooLarge)?);
        Ok(())
    }
}

/// Octets of cross-reference and object streams, decoded.
const MAX_DECODED: usize = 32 * 1024 * 1024;
const MAX_INDIRECTIONS: usize = 16;
/// The highest number of an object, and one (ISO 32000-1, annex C).
const MAX_NUMBER: u32 = 8_388_607;
/// How often a file's octets are parsed at most.
const PASSES: usize = 8;
