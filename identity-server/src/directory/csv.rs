//! Tables in CSV (RFC 4180), one each for organisations, people, memberships and roles. The first
//! row has the names of attributes, as in LDIF; what a table has no column for stays as it is, and
//! an empty cell empties. Cells with several values have `|` between them.

mod write;

use ::csv::{ErrorKind, Position, ReaderBuilder, StringRecord};

pub use write::Tables;
pub(super) use write::write;

use super::{
    Change, Source, SyntaxError, attribute as name,
    attributes::Attributes,
    change::{Action, Subject},
    dn::Place,
    sds::{self, Column},
};

/// What a table is of. What stands on something comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Organisations,
    People,
    Memberships,
    Roles,
}

/// Why a file is no table that is known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnError {
    /// The first row has none of the columns that tell what the rows are about.
    #[error("the first row names neither uid nor nhsIDCode")]
    NoKey,
    /// The first row can't be read.
    #[error("the first row can't be read")]
    Unreadable,
    /// A table of this kind has no such column.
    #[error("a table of {0} has no column {1:?}")]
    Unknown(&'static str, String),
    /// A column is there twice.
    #[error("the column {0:?} is there twice")]
    Twice(String),
}

/// The changes of a table, and what it is of.
pub(super) fn read(file: &str, content: &[u8]) -> Result<(Kind, Vec<Change>), ColumnError> {
    let mut reader = ReaderBuilder::new().from_reader(content);
    let header = reader.headers().map_err(|_| ColumnError::Unreadable)?.clone();
    let kind = Kind::of(&header)?;
    let columns = columns(kind, &header)?;
    let mut changes = Vec::new();
    let mut row = StringRecord::new();
    loop {
        let line = reader.position().line();
        let mut source = Source { file: file.to_owned(), line, about: String::new() };
        match reader.read_record(&mut row) {
            Ok(true) => {
                source.line = row.position().map_or(line, Position::line);
                let (subject, action) = wanted(kind, &columns, &row, &mut source.about);
                changes.push(Change { source, wanted: Ok((subject, action)) });
            }
            Ok(false) => return Ok((kind, changes)),
            Err(error) => {
                source.line = error.position().map_or(line, Position::line);
                let error = match error.kind() {
                    ErrorKind::Utf8 { .. } => SyntaxError::Encoding,
                    _ => SyntaxError::Cells,
                };
                changes.push(Change::unreadable(source, error));
            }
        }
    }
}

impl Kind {
    fn of(header: &StringRecord) -> Result<Self, ColumnError> {
        let has = |name: &str| header.iter().any(|cell| cell.trim().eq_ignore_ascii_case(name));
        if has(name::UID) {
            let membership =
                if has(name::PERSON_ORG_ID) { Self::Memberships } else { Self::People };
            Ok(if has(name::ID) { Self::Roles } else { membership })
        } else if has(name::ORGANISATION_CODE) {
            Ok(Self::Organisations)
        } else {
            Err(ColumnError::NoKey)
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Organisations => "organisations",
            Self::People => "people",
            Self::Memberships => "memberships",
            Self::Roles => "roles",
        }
    }

    /// The columns that a table of this kind may have, and has when it is written.
    fn columns(self) -> Vec<Column> {
        let uid = Column { name: name::UID, many: false };
        match self {
            Self::Organisations => sds::ORGANISATION.to_vec(),
            Self::People => sds::PERSON.to_vec(),
            Self::Memberships => {
                let id = Column { name: name::PERSON_ORG_ID, many: false };
                let others = sds::MEMBERSHIP.iter().filter(|column| column.name != name::ID);
                [uid, id].into_iter().chain(others.copied()).collect()
            }
            Self::Roles => [&[uid], sds::ROLE].concat(),
        }
    }
}

fn columns(kind: Kind, header: &StringRecord) -> Result<Vec<Column>, ColumnError> {
    let known = kind.columns();
    let mut columns: Vec<Column> = Vec::new();
    for cell in header {
        let mut known = known.iter();
        let column = known
            .find(|column| column.name.eq_ignore_ascii_case(cell.trim()))
            .ok_or_else(|| ColumnError::Unknown(kind.name(), cell.chars().take(64).collect()))?;
        if columns.iter().any(|other| other.name == column.name) {
            return Err(ColumnError::Twice(column.name.to_owned()));
        }
        columns.push(*column);
    }
    Ok(columns)
}

fn wanted(
    kind: Kind,
    columns: &[Column],
    row: &StringRecord,
    about: &mut String,
) -> (Subject, Action) {
    let mut attributes = Attributes::default();
    let mut key = |wanted| {
        let at = columns.iter().position(|column| column.name == wanted);
        let key = at.and_then(|at| row.get(at)).unwrap_or_default().trim().to_owned();
        let shown = key.chars().filter(|c| !c.is_control()).take(MAX_SHOWN);
        if !about.is_empty() {
            about.push('/');
        }
        about.extend(shown);
        key
    };
    let (subject, keys): (_, &[&str]) = match kind {
        Kind::Organisations => {
            let code = key(name::ORGANISATION_CODE);
            (Subject::At(Place::Organisation(code)), &[])
        }
        Kind::People => (Subject::At(Place::Person(key(name::UID))), &[]),
        Kind::Memberships => {
            let (uid, id) = (key(name::UID), key(name::PERSON_ORG_ID));
            (Subject::Membership { uid, id }, &[name::UID, name::PERSON_ORG_ID])
        }
        Kind::Roles => {
            let (uid, id) = (key(name::UID), key(name::ID));
            (Subject::Role { uid, id }, &[name::UID])
        }
    };
    for (column, cell) in columns.iter().zip(row) {
        if !keys.contains(&column.name) {
            let values = if column.many { split(cell) } else { vec![cell.to_owned()] };
            attributes.set(column.name, &values);
        }
    }
    (subject, Action::Merge(attributes))
}

/// The values between `|`; `\` takes the meaning of the symbol after it.
fn split(cell: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut symbols = cell.chars();
    while let Some(symbol) = symbols.next() {
        match (symbol, values.last_mut()) {
            (SEPARATOR, _) => values.push(String::new()),
            (ESCAPE, Some(value)) => value.extend(symbols.next()),
            (symbol, Some(value)) => value.push(symbol),
            (_, None) => {}
        }
    }
    values
}

const SEPARATOR: char = '|';
const ESCAPE: char = '\\';
const MAX_SHOWN: usize = 64;

#[cfg(test)]
mod tests;
