use super::*;

#[test]
fn a_policy_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::at(folder.path().join("instance"));
    instance.prepare().unwrap();
    take_away(&instance).unwrap();
    fs::write(instance.policy(), "development = true\n").unwrap();
    assert!(check_ours(&instance.policy()).is_err());
    assert!(take_away(&instance).is_err());
    assert_eq!(fs::read_to_string(instance.policy()).unwrap(), "development = true\n");

    fs::write(instance.policy(), format!("{MARK}\ndevelopment = true\n")).unwrap();
    take_away(&instance).unwrap();
    assert!(!instance.policy().exists());
}
