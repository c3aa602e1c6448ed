use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

/// The people that the server knows, with their role profiles: what the Spine reads from SDS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    users: BTreeMap<String, User>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The user id: 12 digits.
    pub uid: String,
    /// The family name.
    pub surname: String,
    /// The given name.
    pub given_name: String,
    /// The form of address; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The practitioner code (`nhsOcsPrCode`), where the person has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practitioner_code: Option<String>,
    /// The role profiles. Who has none cannot log in.
    #[serde(default, rename = "role", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleProfile>,
}

/// One role of a person at an organisation (`nhsOrgPersonRole`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleProfile {
    /// The role profile id (`uniqueIdentifier`): 12 digits.
    pub id: String,
    /// The organisation's ODS code (`nhsIDCode`).
    pub organisation_code: String,
    /// The organisation's name (`o`).
    pub organisation: String,
    /// The job role's three names: staff group, sub group, role.
    pub job_role: [String; 3],
    /// The job role's three codes, as in `S8000:G8000:R8001`.
    pub job_role_code: String,
    /// Business functions, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub business_functions: Vec<String>,
    /// Business functions, by code, as in `B0420`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub business_function_codes: Vec<String>,
    /// Areas of work, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas_of_work: Vec<String>,
    /// Areas of work, by code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub area_of_work_codes: Vec<String>,
    /// Work groups, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub work_groups: Vec<String>,
    /// Work groups, by code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub work_group_codes: Vec<String>,
}

/// Why a directory can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Two people have this user id, or two role profiles this id.
    #[error("the id {0} occurs twice")]
    Duplicate(String),
    /// The file can't be read.
    #[error("the directory can't be read: {0}")]
    Io(#[from] std::io::Error),
    /// Not 12 digits.
    #[error("{0:?} is not an id of 12 digits")]
    Malformed(String),
    /// Not the TOML of a directory.
    #[error("the directory can't be read: {0}")]
    Toml(#[from] toml::de::Error),
}

impl Directory {
    /// Reads a `users.toml`: tables `[[user]]` with tables `[[user.role]]`.
    ///
    /// # Errors
    /// [`DirectoryError`] when it can't be read or an id is malformed or occurs twice.
    pub fn read(path: &Path) -> Result<Self, DirectoryError> {
        let file: File = toml::from_str(&std::fs::read_to_string(path)?)?;
        Self::new(file.users)
    }

    /// A directory of these people.
    ///
    /// # Errors
    /// [`DirectoryError`] when an id is malformed or occurs twice.
    pub fn new(people: Vec<User>) -> Result<Self, DirectoryError> {
        let mut users = BTreeMap::new();
        let mut roles = std::collections::BTreeSet::new();
        for user in people {
            for id in std::iter::once(&user.uid).chain(user.roles.iter().map(|role| &role.id)) {
                if !is_id(id) {
                    return Err(DirectoryError::Malformed(id.clone()));
                }
            }
            for role in &user.roles {
                if !roles.insert(role.id.clone()) {
                    return Err(DirectoryError::Duplicate(role.id.clone()));
                }
            }
            if let Some(user) = users.insert(user.uid.clone(), user) {
                return Err(DirectoryError::Duplicate(user.uid));
            }
        }
        Ok(Self { users })
    }

    /// The directory as the text of a `users.toml`.
    ///
    /// # Errors
    /// Those of the TOML writer.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&File { users: self.users.values().cloned().collect() })
    }

    /// The person with this user id; `None`: nobody has it.
    #[must_use]
    pub fn user(&self, uid: &str) -> Option<&User> {
        self.users.get(uid)
    }
}

impl User {
    /// The name as the Spine writes it: `Surname Given Title`.
    #[must_use]
    pub fn common_name(&self) -> String {
        let name = format!("{} {} {}", self.surname, self.given_name, self.title);
        name.trim_end().to_owned()
    }

    /// The role profile with this id; `None`: it is not one of this person's.
    #[must_use]
    pub fn role(&self, id: &str) -> Option<&RoleProfile> {
        self.roles.iter().find(|role| role.id == id)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "user")]
    users: Vec<User>,
}

fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

const ID_DIGITS: usize = 12;
