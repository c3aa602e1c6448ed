use super::*;

fn chosen(named: Option<&str>, variables: &[(&str, &str)]) -> Result<PathBuf> {
    let variable = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| OsString::from(value))
    };
    Folder::chosen(named.map(PathBuf::from), variable).map(|folder| folder.0)
}

#[test]
fn it_is_the_named_one_else_in_the_users_data_folder() {
    let home = ("HOME", "/home/dev");
    assert_eq!(chosen(Some("/sim"), &[home]).unwrap(), Path::new("/sim"));
    let folder = chosen(None, &[home, ("XDG_DATA_HOME", "")]).unwrap();
    assert_eq!(folder, Path::new("/home/dev/.local/share/wardkey-simulator"));
    let folder = chosen(None, &[home, ("XDG_DATA_HOME", "/data")]).unwrap();
    assert_eq!(folder, Path::new("/data/wardkey-simulator"));
    assert!(chosen(None, &[]).is_err());
    // A socket's path has an end.
    assert!(chosen(Some(&format!("/{}", "a".repeat(100))), &[]).is_err());
}
