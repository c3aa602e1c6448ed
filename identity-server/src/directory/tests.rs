use super::{testing, *};

fn day(text: &str) -> Option<Date> {
    Some(Date::parse(text).unwrap())
}

/// 2026-11-23.
const NOW: Timestamp = Timestamp::from_millis(1_795_468_800_000);

fn ids(directory: &Directory, user: &User) -> Vec<String> {
    directory.offered(user, NOW).iter().map(|role| role.id.clone()).collect()
}

#[test]
fn a_file_is_read_back() {
    let directory = testing::demo();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.toml");
    std::fs::write(&path, directory.to_toml().unwrap()).unwrap();
    assert_eq!(Directory::read(&path).unwrap(), directory);
}

#[test]
fn a_file_of_before_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.toml");
    let text = r#"
        [[user]]
        uid = "555000000104"
        surname = "Ford"
        given_name = "Ann"
        [[user.role]]
        id = "555900000105"
        organisation_code = "Z9901"
        organisation = "FELLSIDE & DALE SURGERY"
        job_role = ["Clinical", "Clinical Provision", "Nurse Access Role"]
        job_role_code = "S8000:G8000:R8001"
    "#;
    std::fs::write(&path, text).unwrap();
    let directory = Directory::read(&path).unwrap();
    let user = directory.user("555000000104").unwrap();
    assert!(user.is_active());
    assert_eq!(ids(&directory, user), ["555900000105"]);
}

#[test]
fn what_is_wrong_or_occurs_twice_is_refused() {
    let tom = testing::tom();
    let refused = Directory::new(vec![tom.clone(), tom.clone()]);
    assert!(matches!(refused, Err(DirectoryError::Duplicate(id)) if id == "555800000102"));
    let alone = User { roles: Vec::new(), memberships: Vec::new(), ..tom.clone() };
    let refused = Directory::new(vec![alone.clone(), alone]);
    assert!(matches!(refused, Err(DirectoryError::Duplicate(id)) if id == tom.uid));
    let refused = Directory::new(vec![User { surname: String::new(), ..tom.clone() }]);
    assert!(matches!(refused, Err(DirectoryError::Invalid { id, .. }) if id == tom.uid));
    let organisations: Vec<Organisation> = testing::demo().organisations().cloned().collect();
    let refused = testing::demo().with_organisations(organisations);
    assert!(matches!(refused, Err(DirectoryError::Duplicate(code)) if code == "Z9901"));
}

#[test]
fn names() {
    let mut user = testing::tom();
    assert_eq!(user.common_name(), "Lindqvist Tom Mr");
    assert_eq!(
        (user.name(), user.display_name()),
        ("Tom Lindqvist".into(), "Tommy Lindqvist".into())
    );
    user.display_name = None;
    user.given_name.clear();
    assert_eq!(
        (user.common_name(), user.display_name()),
        ("Lindqvist Mr".into(), "Lindqvist".into())
    );
}

#[test]
fn organisations_of_a_person_are_told_once() {
    let directory = testing::demo();
    let codes = |directory: &Directory, user: &User| -> Vec<String> {
        let all = directory.associated(user, NOW);
        all.into_iter().map(|organisation| organisation.code).collect()
    };
    let of = |uid: &str| codes(&directory, directory.user(uid).unwrap());
    assert_eq!(of("555000000101"), ["Z9901", "Z99H2"]);
    assert_eq!(of("555000000102"), ["Z9901", "Z99H2"]);
    assert_eq!(of("555000000103"), [] as [&str; 0]);
    let mut user = testing::tom();
    user.memberships[0].close = day("20261123");
    assert_eq!(codes(&directory, &user), ["Z99H2"]);
    let mut directory = directory.clone();
    directory.organisations.get_mut("Z99H2").unwrap().close = day("20261031");
    assert_eq!(codes(&directory, &user), [] as [&str; 0]);
    assert_eq!(directory.memberships(&user, NOW), [] as [&OrganisationMembership; 0]);
}

#[test]
fn closed_roles_are_not_offered() {
    let directory = testing::demo();
    let mut user = testing::tom();
    assert_eq!(ids(&directory, &user), ["555900000102", "555900000103", "555900000104"]);
    user.roles[0].close = day("20261123");
    user.roles[1].open = day("20261124");
    user.roles[2].open = day("20261123");
    assert_eq!(ids(&directory, &user), ["555900000104"]);
    user.memberships[1].close = day("20261101");
    assert_eq!(ids(&directory, &user), [] as [&str; 0]);
}

#[test]
fn roles_of_closed_organisations_are_not_offered() {
    let mut directory = testing::demo();
    directory.organisations.get_mut("Z99H2").unwrap().close = day("20261031");
    let user = testing::tom();
    assert_eq!(ids(&directory, &user), ["555900000102"]);
    // Of one that nothing is known of, nothing is known to be closed.
    directory.organisations.clear();
    assert_eq!(ids(&directory, &user).len(), 3);
}

#[test]
fn someone_inactive_is_offered_nothing() {
    let user = User { status: Status::Inactive, ..testing::tom() };
    assert!(!user.is_active());
    assert_eq!(ids(&testing::demo(), &user), [] as [&str; 0]);
}
