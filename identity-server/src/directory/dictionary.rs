//! Names of codes of the National RBAC Database, as far as they are published. Names of areas of
//! work and of work groups are not; organisations have a place in the directory itself.

use super::{ActivityCode, JobRoleCode};

/// The name of an activity; `None`: it is not published, which says nothing against the code.
#[must_use]
pub fn activity_name(code: &ActivityCode) -> Option<&'static str> {
    named(ACTIVITIES, code.as_str()).copied()
}

/// The names of a job role's staff group, sub group and role; `None`: they are not published,
/// which says nothing against the code.
#[must_use]
pub fn job_role_name(code: &JobRoleCode) -> Option<[&'static str; 3]> {
    named(JOB_ROLES, code.as_str()).copied()
}

fn named<T>(names: &'static [(&str, T)], code: &str) -> Option<&'static T> {
    let index = names.binary_search_by_key(&code, |(code, _)| code).ok()?;
    names.get(index).map(|(_, name)| name)
}

/// By code.
const ACTIVITIES: &[(&str, &str)] = &[
    ("B0058", "NPF Prescribing"),
    ("B0062", "Local System Administration"),
    ("B0278", "Perform Prescription Preparation"),
    ("B0360", "View Detailed Health Records"),
    ("B0401", "View Patient Medication"),
    ("B0420", "Independent Prescribing"),
    ("B0428", "Personal Medication Administration"),
    ("B0570", "Perform Pharmacy Activities"),
    ("B0572", "Manage Pharmacy Activities"),
    ("B0825", "Amend Patient Demographics"),
    ("B1611", "Access Sensitive Flagged Records"),
];

/// By code.
const JOB_ROLES: &[(&str, [&str; 3])] = &[
    (
        "S0080:G0450:R5080",
        ["Admin & Clerical", "Management - A & C", "Registration Authority Manager"],
    ),
    ("S8000:G8000:R8000", ["Clinical", "Clinical Provision", "Clinical Practitioner Access Role"]),
    ("S8000:G8000:R8001", ["Clinical", "Clinical Provision", "Nurse Access Role"]),
    ("S8000:G8000:R8003", ["Clinical", "Clinical Provision", "Health Professional Access Role"]),
    ("S8001:G8002:R8008", ["Support", "Support", "Admin/Clinical Support Access Role"]),
];

#[cfg(test)]
mod tests;
