use crate::{
    Directory, DirectoryError, RoleProfile, User,
    directory::{
        AssociatedOrganisation, Fault, OdsCode, Organisation, OrganisationMembership,
        ProfessionalMemberships,
    },
};

/// Synthetic people: one with one role, one with three at two organisations, one with none.
pub(crate) fn people() -> Result<Directory, DirectoryError> {
    let people = vec![
        User {
            uid: "555000000101".into(),
            surname: "Okafor".into(),
            given_name: "Amira".into(),
            middle_names: Some("Ngozi".into()),
            initials: Some("N".into()),
            title: "Dr".into(),
            email: Some("amira.okafor@example.org".into()),
            id_assurance_level: Some(3),
            practitioner_code: Some("G9990101".into()),
            professional: ProfessionalMemberships {
                gmc: Some("C9990101".into()),
                gmp: Some("G9990101".into()),
                ..ProfessionalMemberships::default()
            },
            associated_organisations: vec![AssociatedOrganisation {
                code: HARBOUR.code.into(),
                name: HARBOUR.name.into(),
            }],
            memberships: vec![member("555800000101", &FELL)],
            roles: vec![prescriber("555900000101", "555800000101", &FELL)],
            ..User::default()
        },
        User {
            uid: "555000000102".into(),
            surname: "Lindqvist".into(),
            given_name: "Tom".into(),
            title: "Mr".into(),
            display_name: Some("Tommy Lindqvist".into()),
            email: Some("tom.lindqvist@example.org".into()),
            id_assurance_level: Some(3),
            professional: ProfessionalMemberships {
                nmc: Some("99I0102E".into()),
                ..ProfessionalMemberships::default()
            },
            memberships: vec![member("555800000102", &FELL), member("555800000103", &HARBOUR)],
            roles: vec![
                nurse("555900000102", "555800000102", &FELL),
                RoleProfile {
                    areas_of_work: texts(&["\"Medicine\":\"Medicine\":\"Acute Medicine\""]),
                    area_of_work_codes: texts(&["P9901:Q9901:T9901"]),
                    work_groups: texts(&["Harbour Lane ward 3"]),
                    work_group_codes: texts(&["555700000101"]),
                    ..nurse("555900000103", "555800000103", &HARBOUR)
                },
                clerk("555900000104", "555800000103", &HARBOUR),
            ],
            ..User::default()
        },
        User {
            uid: "555000000103".into(),
            surname: "Whitfield".into(),
            given_name: "Rosa".into(),
            title: "Ms".into(),
            email: Some("rosa.whitfield@example.org".into()),
            id_assurance_level: Some(2),
            ..User::default()
        },
    ];
    let organisations = [FELL, HARBOUR].map(|place| match OdsCode::parse(place.code) {
        Ok(code) => Ok(Organisation { code, name: place.name.into(), open: None, close: None }),
        Err(error) => {
            let fault = Fault { attribute: "nhsIDCode", reason: error.into() };
            Err(DirectoryError::Invalid { id: place.code.into(), fault })
        }
    });
    let organisations = organisations.into_iter().collect::<Result<_, _>>()?;
    Directory::new(people)?.with_organisations(organisations)
}

struct Place {
    code: &'static str,
    name: &'static str,
}

fn prescriber(id: &str, membership: &str, place: &Place) -> RoleProfile {
    RoleProfile {
        job_role: ["Clinical", "Clinical Provision", "Independent Prescriber GP"].map(Into::into),
        job_role_code: "S8000:G8000:R8000".into(),
        business_functions: texts(&["Independent Prescribing", "View Detailed Health Records"]),
        business_function_codes: texts(&["B0420", "B0360"]),
        ..profile(id, membership, place)
    }
}

fn nurse(id: &str, membership: &str, place: &Place) -> RoleProfile {
    RoleProfile {
        job_role: ["Clinical", "Clinical Provision", "Nurse Access Role"].map(Into::into),
        job_role_code: "S8000:G8000:R8001".into(),
        business_functions: texts(&["View Patient Medication"]),
        business_function_codes: texts(&["B0401"]),
        ..profile(id, membership, place)
    }
}

fn clerk(id: &str, membership: &str, place: &Place) -> RoleProfile {
    RoleProfile {
        job_role: ["Admin and Clerical", "Administration", "Admin/Clinical Support Access Role"]
            .map(Into::into),
        job_role_code: "S8001:G8002:R8008".into(),
        business_functions: texts(&["Amend Patient Demographics", "Local System Administration"]),
        business_function_codes: texts(&["B0825", "B0062"]),
        ..profile(id, membership, place)
    }
}

fn profile(id: &str, membership: &str, place: &Place) -> RoleProfile {
    RoleProfile {
        id: id.into(),
        membership: Some(membership.into()),
        organisation_code: place.code.into(),
        organisation: place.name.into(),
        ..RoleProfile::default()
    }
}

fn member(id: &str, place: &Place) -> OrganisationMembership {
    OrganisationMembership {
        id: id.into(),
        organisation_code: place.code.into(),
        organisation: place.name.into(),
        ..OrganisationMembership::default()
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

const FELL: Place = Place { code: "Z9901", name: "FELLSIDE & DALE SURGERY" };
const HARBOUR: Place = Place { code: "Z99H2", name: "HARBOUR LANE HOSPITAL" };
