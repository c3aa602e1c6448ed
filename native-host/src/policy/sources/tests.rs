use serde_json::json;

use super::*;

#[test]
fn files_of_the_folder_add_to_the_policy_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    assert_eq!(system(folder.path()).unwrap(), None);
    write("policy.d/20-b.toml", "[[origin]]\norigin = \"https://b\"");
    write("policy.d/10-a.toml", "[[origin]]\norigin = \"https://a\"");
    write("policy.d/README", "no policy");
    let origins = || {
        let read = system(folder.path()).unwrap().unwrap();
        read.values["origin"].clone()
    };
    let (a, b) = (json!({"origin": "https://a"}), json!({"origin": "https://b"}));
    assert_eq!(origins(), json!([a, b]));
    write("policy.toml", "development = false\n[[origin]]\norigin = \"https://first\"");
    assert_eq!(origins(), json!([{"origin": "https://first"}, a, b]));
    let forbids = || forbids_other_instances(&system(folder.path()).unwrap().unwrap());
    assert!(!forbids());
    write("policy.d/15.toml", "other_instances = true");
    assert!(!forbids());
    write("policy.d/15.toml", "other_instances = false");
    assert!(forbids());
    write("policy.d/30.toml", "development = true");
    let error = system(folder.path()).unwrap_err().to_string();
    assert!(error.contains("30.toml:1: development: it stands in"), "{error}");
    write("policy.d/30.toml", "development = ");
    assert!(matches!(system(folder.path()), Err(PolicyError::Invalid(_))));
}
