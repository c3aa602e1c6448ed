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
}

#[test]
fn the_half_hash_of_the_standard_is_ours() {
    // OpenID Connect Core, appendix A.3.
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(half_hash(access_token, Algorithm::Rs256), "77QmUPtjPfzWtF2AnpK9RQ");
}
