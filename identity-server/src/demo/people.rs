use crate::{Directory, DirectoryError, RoleProfile, User};

/// Synthetic people: one with one role, one with three at two organisations, one with none.
pub(super) fn people() -> Result<Directory, DirectoryError> {
    Directory::new(vec![
        User {
            uid: "555000000101".into(),
            surname: "Okafor".into(),
            given_name: "Amira".into(),
            title: "Dr".into(),
            practitioner_code: Some("G9990101".into()),
            roles: vec![prescriber("555900000101", &FELL)],
        },
        User {
            uid: "555000000102".into(),
            surname: "Lindqvist".into(),
            given_name: "Tom".into(),
            title: "Mr".into(),
            practitioner_code: None,
            roles: vec![
                nurse("555900000102", &FELL),
                nurse("555900000103", &HARBOUR),
                clerk("555900000104", &HARBOUR),
            ],
        },
        User {
            uid: "555000000103".into(),
            surname: "Whitfield".into(),
            given_name: "Rosa".into(),
            title: "Ms".into(),
            practitioner_code: None,
            roles: Vec::new(),
        },
    ])
}

struct Organisation {
    code: &'static str,
    name: &'static str,
}

fn prescriber(id: &str, organisation: &Organisation) -> RoleProfile {
    RoleProfile {
        job_role: ["Clinical", "Clinical Provision", "Independent Prescriber GP"].map(Into::into),
        job_role_code: "S8000:G8000:R8000".into(),
        business_functions: texts(&["Independent Prescribing", "View Detailed Health Records"]),
        business_function_codes: texts(&["B0420", "B0360"]),
        ..profile(id, organisation)
    }
}

fn nurse(id: &str, organisation: &Organisation) -> RoleProfile {
    RoleProfile {
        job_role: ["Clinical", "Clinical Provision", "Nurse Access Role"].map(Into::into),
        job_role_code: "S8000:G8000:R8001".into(),
        business_functions: texts(&["View Patient Medication"]),
        business_function_codes: texts(&["B0401"]),
        ..profile(id, organisation)
    }
}

fn clerk(id: &str, organisation: &Organisation) -> RoleProfile {
    RoleProfile {
        job_role: ["Admin and Clerical", "Administration", "Admin/Clinical Support Access Role"]
            .map(Into::into),
        job_role_code: "S8001:G8002:R8008".into(),
        business_functions: texts(&["Amend Patient Demographics"]),
        business_function_codes: texts(&["B0825"]),
        ..profile(id, organisation)
    }
}

fn profile(id: &str, organisation: &Organisation) -> RoleProfile {
    RoleProfile {
        id: id.into(),
        organisation_code: organisation.code.into(),
        organisation: organisation.name.into(),
        job_role: Default::default(),
        job_role_code: String::new(),
        business_functions: Vec::new(),
        business_function_codes: Vec::new(),
        areas_of_work: Vec::new(),
        area_of_work_codes: Vec::new(),
        work_groups: Vec::new(),
        work_group_codes: Vec::new(),
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

const FELL: Organisation = Organisation { code: "Z9901", name: "FELLSIDE & DALE SURGERY" };
const HARBOUR: Organisation = Organisation { code: "Z99H2", name: "HARBOUR LANE HOSPITAL" };
