//! Distinguished names (RFC 4514), and what they name in the shape of SDS.

use super::attribute as name;

/// A name: its parts from the entry up to the root, each a type and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dn(Vec<(String, String)>);

/// The text is no distinguished name, or one with parts of several attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DnError;

/// What an entry is, by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The base, or one of the two folders below it.
    Folder,
    /// An organisation, by its code.
    Organisation(String),
    /// A person, by user id.
    Person(String),
    /// Below a person: a membership, or a role that hangs from none.
    BelowPerson { uid: String, id: String },
    /// A role that hangs from a membership.
    BelowMembership { uid: String, membership: String, id: String },
}

impl Dn {
    pub(super) fn parse(text: &str) -> Result<Self, DnError> {
        if text.len() > MAX_LENGTH {
            return Err(DnError);
        }
        let mut parts = Vec::new();
        for part in split(text)? {
            let (kind, value) = part.split_once('=').ok_or(DnError)?;
            let kind = kind.trim();
            let named = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
            if kind.is_empty() || !kind.bytes().all(named) {
                return Err(DnError);
            }
            parts.push((kind.to_owned(), unescaped(value)?));
        }
        Ok(Self(parts))
    }

    /// What this name names below `base`; `None`: nothing that SDS has.
    pub(super) fn place(&self, base: &Self) -> Option<Place> {
        let above = self.0.len().checked_sub(base.0.len())?;
        let (below, root) = self.0.split_at_checked(above)?;
        if !root.iter().zip(&base.0).all(|(ours, bases)| is_same(ours, bases)) {
            return None;
        }
        let parts: Vec<(&str, &str)> =
            below.iter().map(|(kind, value)| (kind.as_str(), value.as_str())).collect();
        match *parts.as_slice() {
            [] => Some(Place::Folder),
            [folder] if is(folder, PEOPLE) || is(folder, ORGANISATIONS) => Some(Place::Folder),
            [entry, folder] if is(folder, ORGANISATIONS) => {
                let code = value(entry, name::ID).or(value(entry, name::ORGANISATION_CODE))?;
                Some(Place::Organisation(code))
            }
            [entry, folder] if is(folder, PEOPLE) => Some(Place::Person(value(entry, name::UID)?)),
            [entry, person, folder] if is(folder, PEOPLE) => Some(Place::BelowPerson {
                uid: value(person, name::UID)?,
                id: value(entry, name::ID)?,
            }),
            [entry, membership, person, folder] if is(folder, PEOPLE) => {
                Some(Place::BelowMembership {
                    uid: value(person, name::UID)?,
                    membership: value(membership, name::ID)?,
                    id: value(entry, name::ID)?,
                })
            }
            _ => None,
        }
    }
}

impl Place {
    /// The name below this base, which is given as text. Ids and codes are letters and digits.
    pub(super) fn name(&self, base: &str) -> String {
        let (people, id, uid) = (format!("ou={},{base}", PEOPLE.1), name::ID, name::UID);
        match self {
            Self::Folder => base.to_owned(),
            Self::Organisation(code) => format!("{id}={code},ou={},{base}", ORGANISATIONS.1),
            Self::Person(person) => format!("{uid}={person},{people}"),
            Self::BelowPerson { uid: person, id: own } => {
                format!("{id}={own},{uid}={person},{people}")
            }
            Self::BelowMembership { uid: person, membership, id: own } => {
                format!("{id}={own},{id}={membership},{uid}={person},{people}")
            }
        }
    }
}

/// The parts between commas that are not escaped.
fn split(text: &str) -> Result<Vec<&str>, DnError> {
    let mut parts = Vec::new();
    let (mut from, mut escaped) = (0, false);
    for (at, symbol) in text.char_indices() {
        match symbol {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '+' => return Err(DnError),
            ',' => {
                parts.push(text.get(from..at).ok_or(DnError)?);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(from..).ok_or(DnError)?);
    if escaped || parts.len() > MAX_PARTS { Err(DnError) } else { Ok(parts) }
}

/// A value without its escapes: `\` before a special character or before two hexadecimal digits.
fn unescaped(text: &str) -> Result<String, DnError> {
    let mut value = Vec::new();
    let mut octets = text.trim().bytes();
    while let Some(octet) = octets.next() {
        if octet != b'\\' {
            value.push(octet);
            continue;
        }
        let first = octets.next().ok_or(DnError)?;
        match char::from(first).to_digit(16) {
            Some(high) => {
                let low = octets.next().and_then(|low| char::from(low).to_digit(16));
                let octet = high * 16 + low.ok_or(DnError)?;
                value.push(u8::try_from(octet).map_err(|_| DnError)?);
            }
            None => value.push(first),
        }
    }
    String::from_utf8(value).ok().filter(|value| !value.is_empty()).ok_or(DnError)
}

fn is_same(one: &(String, String), other: &(String, String)) -> bool {
    is((&one.0, &one.1), (&other.0, &other.1))
}

fn is(one: (&str, &str), other: (&str, &str)) -> bool {
    one.0.eq_ignore_ascii_case(other.0) && one.1.eq_ignore_ascii_case(other.1)
}

fn value(part: (&str, &str), kind: &str) -> Option<String> {
    part.0.eq_ignore_ascii_case(kind).then(|| part.1.to_owned())
}

const PEOPLE: (&str, &str) = ("ou", "People");
const ORGANISATIONS: (&str, &str) = ("ou", "Organisations");
const MAX_LENGTH: usize = 1024;
const MAX_PARTS: usize = 16;

#[cfg(test)]
mod tests;
