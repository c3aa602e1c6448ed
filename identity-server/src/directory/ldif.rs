//! LDIF (RFC 2849) in the shape of SDS: what is published of SDS by its names, and what is not
//! with the prefix `wardkey`.

mod line;
mod write;

use base64ct::{Base64, Encoding as _};

pub(super) use write::{write, write_person};

use super::{
    Change, Source, SyntaxError,
    attributes::{Attributes, Modification},
    change::{Action, Subject},
    dn::Dn,
};
use line::{Line, records};

/// The changes of a file; a record that can't be read is one that says so.
pub(super) fn read(file: &str, content: &[u8]) -> Vec<Change> {
    let mut changes = Vec::new();
    let Ok(base) = Dn::parse(BASE) else { return changes };
    for (index, lines) in records(content).enumerate() {
        let mut lines = lines.as_slice();
        if let ([version, rest @ ..], 0) = (lines, index)
            && version.octets().is_some_and(|octets| octets.starts_with(b"version:"))
        {
            lines = rest;
        }
        let Some(first) = lines.first() else { continue };
        let mut source = Source { file: file.to_owned(), line: first.number, about: String::new() };
        let wanted = record(lines, &base, &mut source.about);
        changes.push(Change { source, wanted });
    }
    changes
}

/// What a record wants; `about` becomes its distinguished name.
fn record(lines: &[Line], base: &Dn, about: &mut String) -> Result<(Subject, Action), SyntaxError> {
    let [first, lines @ ..] = lines else { return Err(SyntaxError::Dn) };
    let (name, dn) = attribute(first)?;
    if !name.eq_ignore_ascii_case("dn") {
        return Err(SyntaxError::Dn);
    }
    let parsed = Dn::parse(&dn).map_err(|_| SyntaxError::Dn)?;
    dn.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).for_each(|c| about.push(c));
    if lines.len() > MAX_LINES {
        return Err(SyntaxError::TooManyLines);
    }
    let action = match lines {
        [control, ..] if is(control, "control:") => return Err(SyntaxError::Control),
        [kind, lines @ ..] if is(kind, "changetype:") => {
            let (_, kind) = attribute(kind)?;
            changes(&kind, lines)?
        }
        lines => Action::Put(attributes(lines)?),
    };
    let place = parsed.place(base).ok_or(SyntaxError::Place)?;
    Ok((Subject::At(place), action))
}

fn changes(kind: &str, lines: &[Line]) -> Result<Action, SyntaxError> {
    match kind.to_ascii_lowercase().as_str() {
        "add" => Ok(Action::Add(attributes(lines)?)),
        "delete" if lines.is_empty() => Ok(Action::Delete),
        "delete" => Err(SyntaxError::Line),
        "modify" => modifications(lines),
        _ => Err(SyntaxError::ChangeType),
    }
}

fn attributes(lines: &[Line]) -> Result<Attributes, SyntaxError> {
    let mut attributes = Attributes::default();
    for line in lines {
        let (name, value) = attribute(line)?;
        attributes.add(name, &value);
    }
    Ok(attributes)
}

/// Blocks that begin with what to do and the attribute, and end with `-`.
fn modifications(lines: &[Line]) -> Result<Action, SyntaxError> {
    let mut modifications = Vec::new();
    let blocks = lines.split(|line| line.octets().is_some_and(|octets| octets == b"-"));
    for block in blocks.filter(|block| !block.is_empty()) {
        let [first, lines @ ..] = block else { return Err(SyntaxError::Modification) };
        let (what, name) = attribute(first)?;
        if !is_name(&name) {
            return Err(SyntaxError::Modification);
        }
        let mut values = Vec::new();
        for line in lines {
            let (of, value) = attribute(line)?;
            if !of.eq_ignore_ascii_case(&name) {
                return Err(SyntaxError::Modification);
            }
            values.push(value.trim().to_owned());
        }
        modifications.push(match what.to_ascii_lowercase().as_str() {
            "add" => Modification::Add(name, values),
            "delete" => Modification::Delete(name, values),
            "replace" => Modification::Replace(name, values),
            _ => return Err(SyntaxError::Modification),
        });
    }
    Ok(Action::Modify(modifications))
}

/// An attribute's name, and one value.
fn attribute(line: &Line) -> Result<(&str, String), SyntaxError> {
    let octets = line.octets().ok_or(SyntaxError::LineTooLong)?;
    let text = std::str::from_utf8(octets).map_err(|_| SyntaxError::Encoding)?;
    let (name, value) = text.split_once(':').ok_or(SyntaxError::Line)?;
    if !is_name(name) {
        return Err(SyntaxError::Line);
    }
    if value.starts_with('<') {
        return Err(SyntaxError::Url);
    }
    let Some(encoded) = value.strip_prefix(':') else {
        return Ok((name, value.trim_start_matches(' ').to_owned()));
    };
    let value = Base64::decode_vec(encoded.trim_matches(' ')).map_err(|_| SyntaxError::Base64)?;
    Ok((name, String::from_utf8(value).map_err(|_| SyntaxError::Encoding)?))
}

/// Whether this may be an attribute's name, with or without options.
fn is_name(text: &str) -> bool {
    let symbol = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b';');
    !text.is_empty() && text.bytes().all(symbol)
}

fn is(line: &Line, beginning: &str) -> bool {
    let beginning = beginning.as_bytes();
    line.octets()
        .and_then(|octets| octets.get(..beginning.len()))
        .is_some_and(|octets| octets.eq_ignore_ascii_case(beginning))
}

/// The root of SDS.
const BASE: &str = "o=nhs";
/// Of a record.
const MAX_LINES: usize = 4096;
const MAX_SHOWN: usize = 200;

#[cfg(test)]
mod tests;
