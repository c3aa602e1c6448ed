use std::collections::{BTreeMap, BTreeSet};

use super::{
    Dictionary, Object, PdfError,
    document::{Entry, Place},
    filter::decode,
    parse::{Parser, is_space, malformed},
};

/// Where the objects of a file are, as its cross-reference sections say (ISO 32000-1, sections
/// 7.5.4 to 7.5.8).
pub(super) struct Table {
    pub(super) entries: BTreeMap<u32, Entry>,
    /// Of the newest section.
    pub(super) trailer: Dictionary,
    /// Where the newest section is.
    pub(super) start: usize,
    /// Whether that is a stream.
    pub(super) is_stream: bool,
    /// How many octets of streams were decoded.
    pub(super) decoded: usize,
}

struct Section {
    entries: Vec<(u32, Entry)>,
    trailer: Dictionary,
    is_stream: bool,
}

impl Table {
    /// Follows the sections from the newest to the oldest.
    pub(super) fn read(octets: &[u8], max_decoded: usize) -> Result<Self, PdfError> {
        let start = start(octets)?;
        let mut table = Self {
            entries: BTreeMap::new(),
            trailer: Dictionary::default(),
            start,
            is_stream: false,
            decoded: 0,
        };
        let mut left = Left { entries: MAX_ENTRIES, decoded: max_decoded };
        let mut visited = BTreeSet::new();
        let mut next = Some(start);
        while let Some(at) = next {
            if !visited.insert(at) {
                return Err(malformed("cross-references that lead back"));
            }
            if visited.len() > MAX_SECTIONS {
                return Err(PdfError::TooLarge);
            }
            let section = section(octets, at, &mut left)?;
            let trailer = &section.trailer;
            if trailer.get("Encrypt").is_some() {
                return Err(PdfError::Encrypted);
            }
            next = place(trailer, "Prev")?;
            let mut own: BTreeMap<u32, Entry> = BTreeMap::new();
            for (number, entry) in section.entries {
                if own.insert(number, entry).is_some() {
                    return Err(malformed("an object twice in one section"));
                }
            }
            if let Some(at) = place(trailer, "XRefStm")?.filter(|_| !section.is_stream) {
                let hidden = stream(octets, at, &mut left)?;
                for (number, entry) in hidden.entries {
                    if own.get(&number).is_none_or(|entry| *entry == Entry::Free) {
                        own.insert(number, entry);
                    }
                }
            }
            for (number, entry) in own {
                table.entries.entry(number).or_insert(entry);
            }
            if at == start {
                table.is_stream = section.is_stream;
                table.trailer = section.trailer;
            }
        }
        table.decoded = max_decoded - left.decoded;
        Ok(table)
    }
}

/// What may still be read.
struct Left {
    entries: usize,
    decoded: usize,
}

/// The place that the end of the file names: `startxref`, a number, `%%EOF`, and nothing after.
fn start(octets: &[u8]) -> Result<usize, PdfError> {
    let end = octets.iter().rposition(|octet| !is_space(*octet)).map_or(0, |last| last + 1);
    let body = octets[..end].strip_suffix(b"%%EOF").ok_or(malformed("it does not end"))?;
    let tail = body.len().saturating_sub(LONGEST_END);
    let at = body[tail..].windows(START.len()).rposition(|window| window == START);
    let at = at.ok_or(malformed("no startxref"))? + tail + START.len();
    let digits = body[at..].trim_ascii();
    let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit));
    let place = text.and_then(|text| text.parse::<usize>().ok());
    place.filter(|place| *place < octets.len()).ok_or(malformed("a startxref that leads nowhere"))
}

fn section(octets: &[u8], at: usize, left: &mut Left) -> Result<Section, PdfError> {
    let mut parser = Parser::at(octets, at);
    if !parser.is_keyword(b"xref") {
        return stream(octets, at, left);
    }
    let mut entries = Vec::new();
    while !parser.is_keyword(b"trailer") {
        let (first, count) = (parser.unsigned()?, parser.unsigned()?);
        for number in first..first.checked_add(count).ok_or(PdfError::TooLarge)? {
            left.take_entry()?;
            let (offset, generation) = (parser.unsigned()?, parser.unsigned()?);
            let number = u32::try_from(number).map_err(|_| PdfError::TooLarge)?;
            let entry = if parser.is_keyword(b"n") {
                Entry::Used(Place::At {
                    offset: usize::try_from(offset).map_err(|_| PdfError::TooLarge)?,
                    generation: u16::try_from(generation).map_err(|_| malformed("a number"))?,
                })
            } else {
                parser.keyword(b"f")?;
                Entry::Free
            };
            entries.push((number, entry));
        }
    }
    match parser.object(0)? {
        Object::Dictionary(trailer) => Ok(Section { entries, trailer, is_stream: false }),
        _ => Err(malformed("no trailer")),
    }
}

/// A cross-reference stream.
fn stream(octets: &[u8], at: usize, left: &mut Left) -> Result<Section, PdfError> {
    let (_, object) = Parser::at(octets, at).indirect()?;
    let Object::Stream(dictionary, data) = object else {
        return Err(malformed("no cross-references"));
    };
    if !dictionary.value("Type").is_name("XRef") {
        return Err(malformed("no cross-references"));
    }
    let length = dictionary.value("Length").as_size().ok_or(malformed("a stream's length"))?;
    let content = content(octets, data, length)?;
    let decoded = decode(&dictionary, content, left.decoded)?;
    left.decoded -= decoded.len();
    let widths = widths(&dictionary).ok_or(malformed("widths of cross-references"))?;
    let row = widths.iter().sum();
    if row == 0 {
        return Err(malformed("widths of cross-references"));
    }
    let mut rows = decoded.chunks_exact(row);
    let mut entries = Vec::new();
    for (first, count) in index(&dictionary)? {
        for number in first..first.checked_add(count).ok_or(PdfError::TooLarge)? {
            left.take_entry()?;
            let row = rows.next().ok_or(malformed("cross-references that are cut short"))?;
            let (kind, rest) = row.split_at(widths[0]);
            let (second, third) = rest.split_at(widths[1]);
            let kind = if kind.is_empty() { 1 } else { big_endian(kind)? };
            let (second, third) = (big_endian(second)?, big_endian(third)?);
            let small = |number: u64| u32::try_from(number).map_err(|_| PdfError::TooLarge);
            let entry = match kind {
                0 => Entry::Free,
                1 => Entry::Used(Place::At {
                    offset: usize::try_from(second).map_err(|_| PdfError::TooLarge)?,
                    generation: u16::try_from(third).map_err(|_| malformed("a number"))?,
                }),
                2 => Entry::Used(Place::In { container: small(second)?, index: small(third)? }),
                // As the section says: a reference to null.
                _ => Entry::Free,
            };
            entries.push((u32::try_from(number).map_err(|_| PdfError::TooLarge)?, entry));
        }
    }
    Ok(Section { entries, trailer: dictionary, is_stream: true })
}

/// The octets of a stream, after which `endstream` has to stand.
pub(super) fn content(octets: &[u8], data: usize, length: usize) -> Result<&[u8], PdfError> {
    let end = data.checked_add(length).ok_or(malformed("a stream's length"))?;
    let content = octets.get(data..end).ok_or(malformed("a stream that is cut short"))?;
    Parser::at(octets, end).keyword(b"endstream").map(|()| content)
}

fn widths(dictionary: &Dictionary) -> Option<[usize; 3]> {
    let widths: Vec<usize> =
        dictionary.value("W").as_array()?.iter().map(Object::as_size).collect::<Option<_>>()?;
    let widths: [usize; 3] = widths.try_into().ok()?;
    widths.iter().all(|width| *width <= 8).then_some(widths)
}

/// The ranges of numbers, each by its first and its length.
fn index(dictionary: &Dictionary) -> Result<Vec<(u64, u64)>, PdfError> {
    let number = |object: &Object| object.as_integer().and_then(|i| u64::try_from(i).ok());
    let broken = || malformed("the numbers of cross-references");
    match dictionary.value("Index") {
        Object::Null => {
            let size = number(dictionary.value("Size")).ok_or_else(broken)?;
            Ok(vec![(0, size)])
        }
        Object::Array(values) if values.len() % 2 == 0 => {
            let pair = |pair: &[Object]| Some((number(&pair[0])?, number(&pair[1])?));
            values.chunks_exact(2).map(pair).collect::<Option<_>>().ok_or_else(broken)
        }
        _ => Err(broken()),
    }
}

fn big_endian(octets: &[u8]) -> Result<u64, PdfError> {
    Ok(octets.iter().fold(0, |value, octet| value << 8 | u64::from(*octet)))
}

fn place(trailer: &Dictionary, key: &str) -> Result<Option<usize>, PdfError> {
    match trailer.value(key) {
        Object::Null => Ok(None),
        value => value.as_size().map(Some).ok_or(malformed("a place in the file")),
    }
}

impl Left {
    fn take_entry(&mut self) -> Result<(), PdfError> {
        self.entries = self.entries.checked_sub(1).ok_or(PdfError::TooLarge)?;
        Ok(())
    }
}

const START: &[u8] = b"startxref";
/// How far before `%%EOF` the word `startxref` stands at most.
const LONGEST_END: usize = 256;
/// Entries in all sections.
const MAX_ENTRIES: usize = 1_000_000;
const MAX_SECTIONS: usize = 512;
