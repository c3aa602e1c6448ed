use std::collections::BTreeMap;

use super::{
    FaultReason, Organisation, User,
    attributes::{Attributes, Modification},
    dn::Place,
};

/// One record of a file: what it wants changed, or why it can't be read. Made by
/// [`Format::read`](super::Format::read).
#[derive(Clone, Debug)]
pub struct Change {
    pub(super) source: Source,
    pub(super) wanted: Result<(Subject, Action), SyntaxError>,
}

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name.
    pub file: String,
    /// The line that the record begins on; 1 is the first.
    pub line: u64,
    /// What the record says that it is about: a distinguished name, or an id.
    pub about: String,
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// An entry at its place in SDS.
    At(Place),
    /// A membership, wherever it hangs.
    Membership { uid: String, id: String },
    /// A role, wherever it hangs.
    Role { uid: String, id: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// A new entry.
    Add(Attributes),
    /// Gone, with all below it.
    Delete,
    /// An entry, new or not; what it has and this does not name stays.
    Merge(Attributes),
    Modify(Vec<Modification>),
    /// An entry, new or not, that has this and nothing else. What is below it stays.
    Put(Attributes),
}

/// What came of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Records that are right: the changed and the unchanged.
    pub accepted: usize,
    /// Of these, records that say what was known.
    pub unchanged: usize,
    /// Of these, records that say something else.
    pub changed: usize,
    /// People and organisations that are gone.
    pub deleted: usize,
    /// Everything that is wrong.
    pub refused: Vec<Refusal>,
    /// Attributes that mean nothing here, with the number of records that have them.
    pub ignored: BTreeMap<String, usize>,
}

/// Something wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}: {}: {}{reason}", at.file, at.line, at.about, of(*attribute))]
pub struct Refusal {
    /// The record.
    pub at: Source,
    /// The attribute, by its name in SDS, where it is about one.
    pub attribute: Option<&'static str>,
    /// What is wrong.
    pub reason: RefusalReason,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusalReason {
    /// An entry to be added is there, and is another.
    #[error("is there already")]
    Exists,
    /// An attribute is wrong.
    #[error(transparent)]
    Fault(#[from] FaultReason),
    /// A folder can't be modified or deleted.
    #[error("is a folder, which can't be changed")]
    Folder,
    /// An attribute to be modified has no such value.
    #[error("{0} has no such value")]
    NoSuchValue(String),
    /// An entry to be modified or deleted is not there.
    #[error("is not there")]
    NotFound,
    /// Nobody has this user id.
    #[error("nobody has the user id {0}")]
    PersonUnknown(String),
    /// The record can't be read.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// An attribute to be modified has the value already.
    #[error("{0} has the value already")]
    ValueExists(String),
}

/// Why a record can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxError {
    /// Not base64.
    #[error("a value is not base64")]
    Base64,
    /// A kind of change other than add, delete and modify.
    #[error("the kind of change is not add, delete or modify")]
    ChangeType,
    /// LDAP controls, which mean nothing here.
    #[error("has a control")]
    Control,
    /// More or fewer cells than columns.
    #[error("has another number of cells than the first row")]
    Cells,
    /// Not a distinguished name.
    #[error("begins with no distinguished name")]
    Dn,
    /// Not UTF-8.
    #[error("is not UTF-8")]
    Encoding,
    /// Not a line of LDIF.
    #[error("a line is no attribute with a value")]
    Line,
    /// A line longer than the limit, once unfolded.
    #[error("a line is longer than 65536 bytes")]
    LineTooLong,
    /// Modifications in another form.
    #[error("a modification has another form")]
    Modification,
    /// The distinguished name names nothing that SDS has.
    #[error("names nothing that SDS has")]
    Place,
    /// More lines than the limit.
    #[error("has more than 4096 lines")]
    TooManyLines,
    /// A value that is to be fetched.
    #[error("a value is an address to fetch")]
    Url,
}

/// A change to what is kept of people and organisations, to be made together with its like.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// The organisation with this ODS code goes.
    DeleteOrganisation(String),
    /// The person with this user id goes.
    DeletePerson(String),
    /// An organisation comes, or takes the place of the one with its code.
    PutOrganisation(Organisation),
    /// A person comes, or takes the place of the one with the user id, memberships and roles
    /// included.
    PutPerson(Box<User>),
}

impl Edit {
    /// Whether it is about this person and nobody else.
    #[must_use]
    pub fn is_of_person(&self, uid: &str) -> bool {
        match self {
            Self::DeletePerson(of) => of == uid,
            Self::PutPerson(user) => user.uid == uid,
            Self::DeleteOrganisation(_) | Self::PutOrganisation(_) => false,
        }
    }
}

impl Change {
    pub(super) fn unreadable(source: Source, error: SyntaxError) -> Self {
        Self { source, wanted: Err(error) }
    }
}

fn of(attribute: Option<&'static str>) -> String {
    attribute.map(|attribute| format!("{attribute}: ")).unwrap_or_default()
}
