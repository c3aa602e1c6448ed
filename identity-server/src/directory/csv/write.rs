use ::csv::{Terminator, WriterBuilder};

use super::{
    super::{
        Directory,
        sds::{self, Lines},
    },
    ESCAPE, Kind, SEPARATOR, name,
};

/// A directory as tables, each the text of a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// `organisations.csv`.
    pub organisations: String,
    /// `people.csv`.
    pub people: String,
    /// `memberships.csv`.
    pub memberships: String,
    /// `roles.csv`.
    pub roles: String,
}

impl Tables {
    /// The tables with the names of their files.
    #[must_use]
    pub fn files(&self) -> [(&'static str, &str); 4] {
        [
            ("organisations.csv", &self.organisations),
            ("people.csv", &self.people),
            ("memberships.csv", &self.memberships),
            ("roles.csv", &self.roles),
        ]
    }
}

/// A directory as tables.
pub(in super::super) fn write(directory: &Directory) -> Result<Tables, ::csv::Error> {
    let of_person = |uid: &str, mut lines: Lines| {
        lines.push((name::UID, uid.to_owned()));
        lines
    };
    let people = || directory.users();
    let memberships = people().flat_map(|user| {
        user.memberships.iter().map(move |membership| {
            let mut lines = sds::membership_lines(membership);
            lines.push((name::PERSON_ORG_ID, membership.id.clone()));
            of_person(&user.uid, lines)
        })
    });
    let roles = people().flat_map(|user| {
        user.roles.iter().map(move |role| of_person(&user.uid, sds::role_lines(role)))
    });
    Ok(Tables {
        organisations: table(
            Kind::Organisations,
            directory.organisations().map(sds::organisation_lines),
        )?,
        people: table(Kind::People, people().map(sds::person_lines))?,
        memberships: table(Kind::Memberships, memberships)?,
        roles: table(Kind::Roles, roles)?,
    })
}

fn table(kind: Kind, rows: impl Iterator<Item = Lines>) -> Result<String, ::csv::Error> {
    let columns = kind.columns();
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|column| column.name))?;
    for lines in rows {
        writer.write_record(columns.iter().map(|column| {
            let mut values =
                lines.iter().filter(|(name, _)| *name == column.name).map(|(_, value)| value);
            if column.many { joined(values) } else { values.next().cloned().unwrap_or_default() }
        }))?;
    }
    writer.flush()?;
    let written =
        writer.into_inner().map_err(|error| std::io::Error::from(error.error().kind()))?;
    String::from_utf8(written).map_err(|error| std::io::Error::other(error).into())
}

fn joined<'a>(values: impl Iterator<Item = &'a String>) -> String {
    let escaped = |value: &String| {
        value.chars().fold(String::new(), |mut escaped, symbol| {
            if symbol == SEPARATOR || symbol == ESCAPE {
                escaped.push(ESCAPE);
            }
            escaped.push(symbol);
            escaped
        })
    };
    values.map(escaped).collect::<Vec<_>>().join(&SEPARATOR.to_string())
}
