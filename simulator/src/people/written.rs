use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

/// What a developer writes: names, and what is left out is made up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "user")]
    users: Vec<WrittenUser>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenUser {
    name: String,
    uid: Option<String>,
    title: Option<String>,
    email: Option<String>,
    #[serde(default, rename = "role")]
    roles: Vec<WrittenRole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRole {
    name: String,
    organisation: String,
    organisation_code: Option<String>,
    code: Option<String>,
    #[serde(default)]
    activities: Vec<String>,
}

/// The same as the Identity Server's `users.toml` has it.
#[derive(Serialize)]
struct Kept {
    organisation: Vec<Organisation>,
    user: Vec<User>,
}

#[derive(Serialize)]
struct User {
    uid: String,
    surname: String,
    given_name: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    role: Vec<Role>,
}

#[derive(Serialize)]
struct Role {
    id: String,
    organisation_code: String,
    organisation: String,
    job_role: [String; 3],
    job_role_code: String,
    business_function_codes: Vec<String>,
}

#[derive(Serialize)]
struct Organisation {
    code: String,
    name: String,
}

/// The server's `users.toml` for a developer's file of people. One that is of the server's own kind,
/// with surnames, is taken as it is.
pub fn for_server(text: &str) -> Result<String> {
    let values: toml::Table = toml::from_str(text)?;
    let first = values.get("user").and_then(|users| users.as_array()?.first());
    if first.is_some_and(|user| user.get("surname").is_some()) {
        return Ok(text.to_owned());
    }
    let written: Written = toml::from_str(text)?;
    ensure!(!written.users.is_empty(), "there is nobody in it");
    let mut making = Making::default();
    let user = (0..).zip(written.users).map(|(number, user)| making.user(number, user));
    let user = user.collect::<Result<Vec<_>>>()?;
    let organisation = making.organisations.into_iter();
    let organisation = organisation.map(|(name, code)| Organisation { code, name }).collect();
    Ok(toml::to_string(&Kept { organisation, user })?)
}

#[derive(Default)]
struct Making {
    /// By name.
    organisations: BTreeMap<String, String>,
    roles: usize,
}

impl Making {
    fn user(&mut self, number: usize, user: WrittenUser) -> Result<User> {
        let name = user.name.trim();
        let (given_name, surname) = name.rsplit_once(' ').unwrap_or(("", name));
        ensure!(!surname.is_empty(), "user {} has no name", number + 1);
        let roles = user.roles.into_iter().map(|role| self.role(role));
        Ok(User {
            uid: user.uid.unwrap_or_else(|| numbered(FIRST_USER + number)),
            surname: surname.to_owned(),
            given_name: given_name.trim().to_owned(),
            title: user.title.unwrap_or_default(),
            email: user.email,
            role: roles.collect::<Result<_>>().with_context(|| name.to_owned())?,
        })
    }

    fn role(&mut self, role: WrittenRole) -> Result<Role> {
        let number = self.organisations.len();
        let known = self.organisations.get(&role.organisation).cloned();
        let code = match (known, role.organisation_code) {
            (Some(known), Some(code)) if known != code => {
                bail!("{} has two codes, {known} and {code}", role.organisation)
            }
            (Some(known), _) => known,
            (None, code) => code.unwrap_or_else(|| format!("Z98{number:02}")),
        };
        self.organisations.insert(role.organisation.clone(), code.clone());
        self.roles += 1;
        Ok(Role {
            id: numbered(FIRST_ROLE + self.roles),
            organisation_code: code,
            organisation: role.organisation,
            job_role: ["Clinical".to_owned(), "Clinical Provision".to_owned(), role.name],
            job_role_code: role.code.unwrap_or_else(|| JOB_ROLE.to_owned()),
            business_function_codes: role.activities,
        })
    }
}

/// An id of 12 digits.
fn numbered(number: usize) -> String {
    format!("{number:012}")
}

/// Numbers that no demo has.
const FIRST_USER: usize = 555_000_000_201;
const FIRST_ROLE: usize = 555_900_000_200;
/// Clinical Practitioner Access Role.
const JOB_ROLE: &str = "S8000:G8000:R8000";
