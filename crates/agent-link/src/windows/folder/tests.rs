use super::*;

#[test]
fn what_a_user_makes_is_no_administrators() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    fs::write(&file, "development = true").unwrap();
    for path in [folder.path(), &file] {
        // Of what an elevated administrator makes, administrators may be the owner.
        let is_users = calls::owner(path).unwrap() == Peer::this().uid;
        assert_eq!(administrators_own(&open_itself(path).unwrap()).unwrap(), !is_users);
    }
    assert!(open_itself(&folder.path().join("none")).is_err());
}

#[test]
fn administrators_are_the_group_the_system_and_its_installer() {
    assert!([ADMINISTRATORS, SYSTEM, TRUSTED_INSTALLER].into_iter().all(is_administrators));
    // Everyone, users, and somebody.
    assert!(
        !["S-1-1-0", "S-1-5-32-545", "S-1-5-21-0-0-0-1000", ""].into_iter().any(is_administrators)
    );
}
