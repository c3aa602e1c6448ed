use super::*;

fn person() -> Person {
    Person {
        uid: "555000000102".into(),
        family_name: "Lindqvist".into(),
        given_name: "Tom".into(),
        title: "Mr".into(),
        display_name: "Tom Lindqvist".into(),
        id_assurance_level: 3,
        roles: vec![Role {
            person_orgid: "555100000102".into(),
            person_roleid: "555900000102".into(),
            org_code: "Z9901".into(),
            role_name: "\"Clinical\":\"Nursing\":\"Nurse Access Role\"".into(),
            role_code: "S8000:G8000:R8001".into(),
            activity_codes: vec!["B0360".into()],
            ..Role::default()
        }],
        associated: vec![Organisation { org_name: "FELLSIDE".into(), org_code: "Z9901".into() }],
        memberships: vec![
            Membership {
                person_orgid: "555100000102".into(),
                organisation: Organisation {
                    org_name: "FELLSIDE".into(),
                    org_code: "Z9901".into(),
                },
                gnc: "GNC001".into(),
            },
            Membership {
                person_orgid: "555100000103".into(),
                organisation: Organisation { org_name: "HARBOUR".into(), org_code: "Z9902".into() },
                gnc: String::new(),
            },
        ],
        professional: vec![("nmc_id", "98X1234Y".into()), ("gmc_id", String::new())],
        ..Person::default()
    }
}

fn claims(scopes: &str) -> Value {
    let info = UserInfo::of(&person(), Some("555900000102"), &Scopes::from(scopes.to_owned()));
    serde_json::to_value(info).unwrap()
}

#[test]
fn each_scope_opens_its_claims_and_no_others() {
    assert_eq!(claims("openid"), json!({ "sub": "555000000102" }));
    assert_eq!(
        claims("openid profile"),
        json!({
            "sub": "555000000102", "name": "Tom Lindqvist", "family_name": "Lindqvist",
            "given_name": "Tom", "uid": "555000000102",
        })
    );
    assert_eq!(
        claims("openid nhsperson"),
        json!({
            "sub": "555000000102", "nhsid_useruid": "555000000102", "title": "Mr",
            "display_name": "Tom Lindqvist", "idassurancelevel": "3",
        })
    );
    assert_eq!(
        claims("openid nationalrbacaccess selectedrole"),
        json!({
            "sub": "555000000102", "selected_roleid": "555900000102",
            "nhsid_nrbac_roles": [{
                "person_orgid": "555100000102", "person_roleid": "555900000102",
                "org_code": "Z9901",
                "role_name": "\"Clinical\":\"Nursing\":\"Nurse Access Role\"",
                "role_code": "S8000:G8000:R8001", "activity_codes": ["B0360"],
            }],
        })
    );
    assert_eq!(
        claims("openid professionalmemberships associatedorgs"),
        json!({
            "sub": "555000000102", "nmc_id": "98X1234Y",
            "nhsid_user_orgs": [{ "org_name": "FELLSIDE", "org_code": "Z9901" }],
        })
    );
    let fellside =
        json!({ "person_orgid": "555100000102", "org_name": "FELLSIDE", "org_code": "Z9901" });
    let mut member = fellside.clone();
    member["gnc"] = json!("GNC001");
    assert_eq!(
        claims("openid organisationalmemberships"),
        json!({
            "sub": "555000000102",
            "nhsid_org_memberships": [
                member,
                { "person_orgid": "555100000103", "org_name": "HARBOUR", "org_code": "Z9902" },
            ],
            "nhsid_org_roles": [fellside],
        })
    );
}

/// What userinfo of all scopes says has the names, and the types, of the published sample.
#[test]
fn the_names_and_types_of_the_published_sample_are_ours() {
    let Ok(vectors) = std::env::var("WARDKEY_VECTORS") else {
        println!(
            "skipped: the_names_and_types_of_the_published_sample_are_ours \
             (WARDKEY_VECTORS is not set)"
        );
        return;
    };
    let sample = std::fs::read_to_string(format!("{vectors}/nhs/cis2-userinfo-all-scopes.json"));
    let sample: Value = serde_json::from_str(&sample.unwrap()).unwrap();
    let text = || "x".to_owned();
    let list = || vec![text()];
    let person = Person {
        uid: "555000000101".into(),
        middle_names: text(),
        initials: text(),
        email: text(),
        professional: [
            "gmc_id",
            "gmp_id",
            "gdc_id",
            "gdp_id",
            "nmc_id",
            "rcn_id",
            "gphc_id",
            "consultant_id",
        ]
        .map(|name| (name, text()))
        .to_vec(),
        roles: vec![Role {
            activities: list(),
            activity_codes: list(),
            workgroups: list(),
            workgroups_codes: list(),
            aow: list(),
            aow_codes: list(),
            ..person().roles[0].clone()
        }],
        ..person()
    };
    let all = crate::scope::ALL.join(" ");
    let ours = serde_json::to_value(UserInfo::of(&person, None, &Scopes::from(all))).unwrap();
    assert_eq!(shape(&ours), shape(&sample));
}

/// The names of claims, with what kind of value they have.
fn shape(value: &Value) -> std::collections::BTreeSet<String> {
    let mut names = std::collections::BTreeSet::new();
    match value {
        Value::Object(claims) => {
            for (name, value) in claims {
                names.extend(shape(value).into_iter().map(|below| format!("{name}.{below}")));
            }
        }
        Value::Array(values) => {
            names.extend(values.iter().flat_map(shape).map(|below| format!("[]{below}")));
        }
        Value::String(_) => drop(names.insert("text".to_owned())),
        other => drop(names.insert(other.to_string())),
    }
    names
}

#[test]
fn the_half_hash_of_the_standard_is_ours() {
    // OpenID Connect Core, appendix A.3.
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(half_hash(access_token, Algorithm::Rs256), "77QmUPtjPfzWtF2AnpK9RQ");
}
