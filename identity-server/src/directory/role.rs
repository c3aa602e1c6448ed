use serde::{Deserialize, Serialize};

use super::{Date, date};

/// One role of a person at an organisation (`nhsOrgPersonRole`).
///
/// Names and codes are separate lists, as published: the *n*th name need not be that of the *n*th
/// code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleProfile {
    /// The role profile id (`uniqueIdentifier`): 12 digits.
    pub id: String,
    /// The membership that the role hangs from, by its id, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership: Option<String>,
    /// The organisation's ODS code (`nhsIDCode`).
    pub organisation_code: String,
    /// The organisation's name (`o`).
    pub organisation: String,
    /// The first day of the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Date>,
    /// The first day on which the role is no longer open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<Date>,
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

impl RoleProfile {
    /// Whether the role itself is open on this day; its organisation has days of its own.
    #[must_use]
    pub fn is_open(&self, today: Date) -> bool {
        date::is_open(self.open, self.close, today)
    }
}
