use serde::{Deserialize, Serialize};

use super::{Date, RoleProfile, date};

/// A person (`nhsPerson`).
///
/// Ids and codes are texts, as they come from files and databases; a [`Directory`] holds only
/// people that [`User::faults`] finds nothing wrong with.
///
/// [`Directory`]: super::Directory
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The user id: 12 digits.
    pub uid: String,
    /// The family name.
    pub surname: String,
    /// The given name; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub given_name: String,
    /// The names between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub middle_names: Option<String>,
    /// The initials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initials: Option<String>,
    /// The form of address; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The name that the person goes by, where that is another than [`User::name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The address of electronic mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the person may log in.
    #[serde(default, skip_serializing_if = "Status::is_active")]
    pub status: Status,
    /// How well the person's identity was proved, 0 to 4 (CIS2's `idassurancelevel`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_assurance_level: Option<u8>,
    /// The practitioner code (`nhsOcsPrCode`), where the person has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practitioner_code: Option<String>,
    /// The numbers that professional bodies know the person by.
    #[serde(default, skip_serializing_if = "ProfessionalMemberships::is_empty")]
    pub professional: ProfessionalMemberships,
    /// Organisations that the person belongs to without a membership.
    #[serde(default, rename = "associated", skip_serializing_if = "Vec::is_empty")]
    pub associated_organisations: Vec<AssociatedOrganisation>,
    /// The memberships of organisations.
    #[serde(default, rename = "membership", skip_serializing_if = "Vec::is_empty")]
    pub memberships: Vec<OrganisationMembership>,
    /// The role profiles. Who has none cannot log in.
    #[serde(default, rename = "role", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleProfile>,
}

/// Whether a person may log in (`nhsPersonStatus`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The person may.
    #[default]
    Active,
    /// The person may not.
    Inactive,
}

/// The numbers that professional bodies know a person by, each as the body writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfessionalMemberships {
    /// Consultants' number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consultant: Option<String>,
    /// General Dental Council.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gdc: Option<String>,
    /// General dental practitioner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gdp: Option<String>,
    /// General Medical Council.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gmc: Option<String>,
    /// General medical practitioner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gmp: Option<String>,
    /// General Pharmaceutical Council.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gphc: Option<String>,
    /// Nursing and Midwifery Council.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nmc: Option<String>,
    /// Royal College of Nursing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rcn: Option<String>,
}

/// An organisation that a person belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssociatedOrganisation {
    /// The ODS code.
    pub code: String,
    /// The name.
    pub name: String,
}

/// A person at an organisation (`nhsOrgPerson`); roles at that organisation hang from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationMembership {
    /// The membership's id (`uniqueIdentifier`, CIS2's `person_orgid`): 12 digits.
    pub id: String,
    /// The organisation's ODS code (`nhsIDCode`).
    pub organisation_code: String,
    /// The organisation's name (`o`).
    pub organisation: String,
    /// The person's national code at this organisation (CIS2's `gnc`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gnc: Option<String>,
    /// The first day (`nhsOrgOpenDate`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Date>,
    /// The first day on which it is no longer open (`nhsOrgCloseDate`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<Date>,
}

impl User {
    /// The name as the Spine writes it: `Surname Given Title`.
    #[must_use]
    pub fn common_name(&self) -> String {
        joined(&[&self.surname, &self.given_name, &self.title])
    }

    /// The name as OpenID Connect's `name` has it: `Given Surname`.
    #[must_use]
    pub fn name(&self) -> String {
        joined(&[&self.given_name, &self.surname])
    }

    /// The name to show: the one that the person goes by, else [`User::name`].
    #[must_use]
    pub fn display_name(&self) -> String {
        self.display_name.clone().unwrap_or_else(|| self.name())
    }

    /// Whether the person may log in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status.is_active()
    }

    /// The role profile with this id; `None`: it is not one of this person's.
    #[must_use]
    pub fn role(&self, id: &str) -> Option<&RoleProfile> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// The membership with this id; `None`: it is not one of this person's.
    #[must_use]
    pub fn membership(&self, id: &str) -> Option<&OrganisationMembership> {
        self.memberships.iter().find(|membership| membership.id == id)
    }
}

impl Status {
    /// Whether the person may log in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        match self {
            Self::Active => true,
            Self::Inactive => false,
        }
    }
}

impl ProfessionalMemberships {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl OrganisationMembership {
    /// Whether it is open on this day.
    #[must_use]
    pub fn is_open(&self, today: Date) -> bool {
        date::is_open(self.open, self.close, today)
    }
}

fn joined(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}
