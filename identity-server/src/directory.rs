//! The people that the server knows, and where they come from: a file of its own, LDIF, CSV, or a
//! directory that is asked by LDAP.

mod attribute;
mod attributes;
mod change;
mod code;
mod csv;
mod date;
mod dictionary;
mod dn;
mod draft;
mod fault;
mod format;
mod import;
mod kept;
mod ldap;
mod ldif;
mod organisation;
mod people;
mod person;
mod role;
mod sds;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde::{Deserialize, Serialize};

pub use change::{Change, Edit, Refusal, RefusalReason, Report, Source, SyntaxError};
pub use code::{ActivityCode, CodeError, JobRoleCode, OdsCode, ProfileId};
pub use csv::{ColumnError, Tables};
pub use date::{Date, DateError};
pub use dictionary::{activity_name, job_role_name};
pub use fault::{Fault, FaultReason};
pub use format::{Format, FormatError, MAX_FILE, SourceFile};
pub use import::{Import, Mode, NobodyLeft};
pub use kept::{KeepError, KeptDirectory};
#[cfg(test)]
pub(crate) use ldap::slapd;
pub use ldap::{LdapDirectory, LdapError, LdapSettings, LdapSettingsError};
pub use organisation::Organisation;
pub use people::{People, Person};
pub use person::{
    AssociatedOrganisation, OrganisationMembership, ProfessionalMemberships, Status, User,
};
pub use role::RoleProfile;

use crate::Timestamp;

/// The people that the server knows, with their role profiles, and the organisations: what the
/// Spine reads from SDS. Everything in it is valid, and ids occur once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    users: BTreeMap<String, User>,
    organisations: BTreeMap<OdsCode, Organisation>,
}

/// Why a directory can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Two people have this user id, two roles or memberships this id, or two organisations this
    /// code.
    #[error("the id {0} occurs twice")]
    Duplicate(String),
    /// Something about a person or an organisation is wrong.
    #[error("{id}: {fault}")]
    Invalid {
        /// The person's user id, or the organisation's code.
        id: String,
        /// What is wrong.
        fault: Fault,
    },
    /// The file can't be read.
    #[error("the directory can't be read: {0}")]
    Io(#[from] std::io::Error),
    /// Not the TOML of a directory.
    #[error("the directory can't be read: {0}")]
    Toml(#[from] toml::de::Error),
}

impl Directory {
    /// Reads a `users.toml`: tables `[[user]]` with tables `[[user.role]]` and
    /// `[[user.membership]]`, and tables `[[organisation]]`.
    ///
    /// # Errors
    /// [`DirectoryError`] when it can't be read, something in it is wrong, or an id occurs twice.
    pub fn read(path: &Path) -> Result<Self, DirectoryError> {
        let file: File = toml::from_str(&std::fs::read_to_string(path)?)?;
        Self::new(file.users)?.with_organisations(file.organisations)
    }

    /// A directory of these people.
    ///
    /// # Errors
    /// [`DirectoryError`] when something about one is wrong, or an id occurs twice.
    pub fn new(people: Vec<User>) -> Result<Self, DirectoryError> {
        let mut users = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for user in people {
            if let Some(fault) = user.faults().into_iter().next() {
                return Err(DirectoryError::Invalid { id: user.uid, fault });
            }
            for id in user.profile_ids() {
                if !ids.insert(id.to_owned()) {
                    return Err(DirectoryError::Duplicate(id.to_owned()));
                }
            }
            if let Some(user) = users.insert(user.uid.clone(), user) {
                return Err(DirectoryError::Duplicate(user.uid));
            }
        }
        Ok(Self { users, organisations: BTreeMap::new() })
    }

    /// This directory, with these organisations besides.
    ///
    /// # Errors
    /// [`DirectoryError`] when something about one is wrong, or a code occurs twice.
    pub fn with_organisations(
        mut self,
        organisations: Vec<Organisation>,
    ) -> Result<Self, DirectoryError> {
        for organisation in organisations {
            let id = organisation.code.to_string();
            if let Some(fault) = organisation.faults().into_iter().next() {
                return Err(DirectoryError::Invalid { id, fault });
            }
            if self.organisations.insert(organisation.code.clone(), organisation).is_some() {
                return Err(DirectoryError::Duplicate(id));
            }
        }
        Ok(self)
    }

    /// The directory as the text of a `users.toml`.
    ///
    /// # Errors
    /// Those of the TOML writer.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&File {
            organisations: self.organisations.values().cloned().collect(),
            users: self.users.values().cloned().collect(),
        })
    }

    /// The person with this user id; `None`: nobody has it.
    #[must_use]
    pub fn user(&self, uid: &str) -> Option<&User> {
        self.users.get(uid)
    }

    /// Everybody, by user id.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// The organisation with this ODS code; `None`: nothing is known of it.
    #[must_use]
    pub fn organisation(&self, code: &str) -> Option<&Organisation> {
        self.organisations.get(code)
    }

    /// Every organisation, by code.
    pub fn organisations(&self) -> impl Iterator<Item = &Organisation> {
        self.organisations.values()
    }

    /// The roles that a person can log in with now: none of someone inactive, and none that is
    /// closed, or whose membership or organisation is. An organisation that nothing is known of
    /// closes nothing. The day is that of UTC.
    #[must_use]
    pub fn offered<'a>(&self, user: &'a User, now: Timestamp) -> Vec<&'a RoleProfile> {
        let today = Date::of(now);
        let open = |role: &&RoleProfile| {
            let membership = role.membership.as_ref().and_then(|id| user.membership(id));
            role.is_open(today)
                && membership.is_none_or(|membership| membership.is_open(today))
                && self.has_open(&role.organisation_code, today)
        };
        if user.is_active() { user.roles.iter().filter(open).collect() } else { Vec::new() }
    }

    /// The memberships of a person that are open now, at organisations that are.
    #[must_use]
    pub fn memberships<'a>(
        &self,
        user: &'a User,
        now: Timestamp,
    ) -> Vec<&'a OrganisationMembership> {
        let today = Date::of(now);
        let open = |membership: &&OrganisationMembership| {
            membership.is_open(today) && self.has_open(&membership.organisation_code, today)
        };
        user.memberships.iter().filter(open).collect()
    }

    /// Every organisation that a person belongs to now, once each, as CIS2's `associatedorgs` has
    /// them: those of the memberships, then the others.
    #[must_use]
    pub fn associated(&self, user: &User, now: Timestamp) -> Vec<AssociatedOrganisation> {
        let today = Date::of(now);
        let of_membership = |membership: &OrganisationMembership| AssociatedOrganisation {
            code: membership.organisation_code.clone(),
            name: membership.organisation.clone(),
        };
        let others = user.associated_organisations.iter();
        let others = others.filter(|other| self.has_open(&other.code, today)).cloned();
        let mut all: Vec<AssociatedOrganisation> = Vec::new();
        for organisation in self.memberships(user, now).into_iter().map(of_membership).chain(others)
        {
            if all.iter().all(|known| known.code != organisation.code) {
                all.push(organisation);
            }
        }
        all
    }

    /// Whether an organisation is open on this day, as far as anything is known of it.
    fn has_open(&self, code: &str, today: Date) -> bool {
        self.organisation(code).is_none_or(|organisation| organisation.is_open(today))
    }
}

impl User {
    /// The ids of memberships and roles, which are of one kind: both name entries below a person.
    fn profile_ids(&self) -> impl Iterator<Item = &str> {
        let memberships = self.memberships.iter().map(|membership| membership.id.as_str());
        memberships.chain(self.roles.iter().map(|role| role.id.as_str()))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "organisation", skip_serializing_if = "Vec::is_empty")]
    organisations: Vec<Organisation>,
    #[serde(default, rename = "user")]
    users: Vec<User>,
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
