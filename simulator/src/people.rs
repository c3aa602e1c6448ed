//! The people of a simulation, as a developer writes them down and as the Identity Server has them.

mod written;

use std::{fmt, fs, path::Path};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

pub use written::for_server;

/// Everybody, in the file's order.
#[derive(Clone, Debug)]
pub struct People(Vec<Person>);

/// Somebody who has a card.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Person {
    /// The user id.
    pub uid: String,
    surname: String,
    #[serde(default)]
    given_name: String,
    #[serde(default, rename = "role")]
    roles: Vec<Role>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Role {
    job_role: [String; 3],
    organisation: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default, rename = "user")]
    users: Vec<Person>,
}

impl People {
    /// Reads the server's `users.toml`.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let file: File = toml::from_str(&text)?;
        Ok(Self(file.users))
    }

    /// Somebody by user id, by name, or by the beginning of one of their names.
    pub fn named(&self, name: &str) -> Result<&Person> {
        let name = name.trim().to_lowercase();
        let exact = |person: &&Person| person.uid == name || person.name().to_lowercase() == name;
        let begins = |person: &&Person| {
            let full = person.name().to_lowercase();
            !name.is_empty() && full.split_whitespace().any(|part| part.starts_with(&name))
        };
        let found: Vec<_> = match self.0.iter().filter(exact).collect::<Vec<_>>() {
            exact if !exact.is_empty() => exact,
            _ => self.0.iter().filter(begins).collect(),
        };
        match found[..] {
            [person] => Ok(person),
            [] => bail!("nobody is called {name}; there are {}", listed(self.0.iter())),
            _ => bail!("{name} may be {}", listed(found.iter().copied())),
        }
    }

    /// Everybody.
    pub fn every(&self) -> impl Iterator<Item = &Person> {
        self.0.iter()
    }
}

impl Person {
    /// Given name and surname.
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.surname).trim().to_owned()
    }
}

/// Name and user id, and a line for each role.
impl fmt::Display for Person {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}  {}", self.name(), self.uid)?;
        if self.roles.is_empty() {
            write!(formatter, "\n    no role")?;
        }
        self.roles.iter().try_for_each(|role| {
            let [.., name] = &role.job_role;
            write!(formatter, "\n    {name} at {}", role.organisation)
        })
    }
}

fn listed<'a>(people: impl Iterator<Item = &'a Person>) -> String {
    people.map(Person::name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
