use serde_json::json;
use wardkey_protocol::{ErrorCode, Fault};

use super::*;

fn theirs(_: &Path, _: Option<&File>) -> io::Result<bool> {
    Ok(true)
}

#[test]
fn files_of_the_folder_add_to_the_policy_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    assert_eq!(system(folder.path(), &theirs).unwrap(), None);
    write("policy.d/20-b.toml", "[[origin]]\norigin = \"https://b\"");
    write("policy.d/10-a.toml", "[[origin]]\norigin = \"https://a\"");
    write("policy.d/README", "no policy");
    let origins = || {
        let read = system(folder.path(), &theirs).unwrap().unwrap();
        read.values["origin"].clone()
    };
    let (a, b) = (json!({"origin": "https://a"}), json!({"origin": "https://b"}));
    assert_eq!(origins(), json!([a, b]));
    write("policy.toml", "development = false\n[[origin]]\norigin = \"https://first\"");
    assert_eq!(origins(), json!([{"origin": "https://first"}, a, b]));
    let forbids = || forbids_other_instances(&system(folder.path(), &theirs).unwrap().unwrap());
    assert!(!forbids());
    write("policy.d/15.toml", "other_instances = true");
    assert!(!forbids());
    write("policy.d/15.toml", "other_instances = false");
    assert!(forbids());
    write("policy.d/30.toml", "development = true");
    let error = system(folder.path(), &theirs).unwrap_err().to_string();
    assert!(error.contains("30.toml:1: development: it stands in"), "{error}");
    write("policy.d/30.toml", "development = ");
    assert!(matches!(system(folder.path(), &theirs), Err(PolicyError::Invalid(_))));
}

#[test]
fn what_is_not_an_administrators_is_no_policy() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("policy.d");
    fs::create_dir(&below).unwrap();
    let (first, second) = (folder.path().join("policy.toml"), below.join("10-a.toml"));
    fs::write(&first, "development = false").unwrap();
    fs::write(&second, "[agent]\nidle_seconds = 9").unwrap();
    assert!(system(folder.path(), &theirs).unwrap().is_some());
    for foreign in [folder.path(), &first, &below, &second] {
        let is_theirs = |path: &Path, _: Option<&File>| Ok(path != foreign);
        let error = system(folder.path(), &is_theirs).unwrap_err();
        assert!(
            matches!(&error, PolicyError::NotAdministrators(path) if path == foreign),
            "{error}"
        );
        assert_eq!(Fault::from(&error).code, ErrorCode::PolicyInvalid);
    }
    // Of a folder without a policy nothing is said.
    fs::remove_file(&first).unwrap();
    fs::remove_file(&second).unwrap();
    let nobodys = |_: &Path, _: Option<&File>| Ok(false);
    assert_eq!(system(folder.path(), &nobodys).unwrap(), None);
}
