use super::{Change, ColumnError, Directory, User, csv, ldif};

/// A file format of directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Tables: organisations, people, memberships, roles.
    Csv,
    /// RFC 2849, in the shape of SDS.
    Ldif,
}

/// A file of a directory.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    /// Its name, for reports.
    pub name: &'a str,
    /// What is in it.
    pub content: &'a [u8],
}

/// Why a file can't be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// Not a table that is known here.
    #[error("{0}: {1}")]
    Columns(String, ColumnError),
    /// Larger than the limit.
    #[error("{0} is larger than {MAX_FILE} bytes")]
    TooLarge(String),
}

impl Format {
    /// The changes that these files want. Tables are put into the order that each stands on; LDIF
    /// stays in the order given.
    ///
    /// # Errors
    /// [`FormatError`] when a file can't be read at all; a record that can't is a change that says
    /// so.
    pub fn read(self, files: &[SourceFile<'_>]) -> Result<Vec<Change>, FormatError> {
        for file in files {
            if file.content.len() > MAX_FILE {
                return Err(FormatError::TooLarge(file.name.to_owned()));
            }
        }
        match self {
            Self::Ldif => {
                Ok(files.iter().flat_map(|file| ldif::read(file.name, file.content)).collect())
            }
            Self::Csv => {
                let read = |file: &SourceFile<'_>| {
                    csv::read(file.name, file.content)
                        .map_err(|error| FormatError::Columns(file.name.to_owned(), error))
                };
                let mut tables = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                tables.sort_by_key(|(kind, _)| *kind);
                Ok(tables.into_iter().flat_map(|(_, changes)| changes).collect())
            }
        }
    }
}

impl Directory {
    /// The directory as LDIF (RFC 2849) in the shape of SDS, with what its entries hang from.
    #[must_use]
    pub fn to_ldif(&self) -> String {
        ldif::write(self)
    }

    /// The directory as tables in CSV.
    ///
    /// # Errors
    /// Those of the CSV writer.
    pub fn to_csv(&self) -> Result<csv::Tables, ::csv::Error> {
        csv::write(self)
    }
}

impl User {
    /// The person, with memberships and roles, as entries of LDIF.
    #[must_use]
    pub fn to_ldif(&self) -> String {
        ldif::write_person(self)
    }
}

/// Bytes of one file.
pub const MAX_FILE: usize = 64 * 1024 * 1024;

#[cfg(test)]
mod tests;
