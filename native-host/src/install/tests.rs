use super::*;

#[test]
fn each_family_of_browsers_has_its_own_key() {
    let host = Path::new("/opt/wardkey/wardkey-host");
    let more = ["a".repeat(32)];
    let chromium = manifest(Browser::Chromium, host, &more);
    assert_eq!(chromium["allowed_origins"][1], format!("chrome-extension://{}/", more[0]));
    assert!(chromium.get("allowed_extensions").is_none());
    let firefox = manifest(Browser::Firefox, host, &[]);
    assert_eq!(firefox["allowed_extensions"], json!(["wardkey@wardkey.org"]));
    assert!(firefox.get("allowed_origins").is_none());
    assert_eq!(firefox["path"], "/opt/wardkey/wardkey-host");
}

#[test]
fn installing_twice_changes_nothing_and_uninstalling_leaves_what_is_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = Arguments {
        browsers: vec![Browser::Chromium],
        manifest_dir: Some(folder.path().to_owned()),
        ..Arguments::default()
    };
    let file = folder.path().join("org.wardkey.host.json");
    install(&arguments).unwrap();
    let first = fs::read_to_string(&file).unwrap();
    install(&arguments).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
    uninstall(&arguments).unwrap();
    assert!(!file.exists());
    uninstall(&arguments).unwrap();

    fs::write(&file, r#"{"name": "another.host"}"#).unwrap();
    assert!(install(&arguments).is_err());
    uninstall(&arguments).unwrap();
    assert!(file.exists());
}

#[test]
fn the_extension_id_is_one() {
    assert_eq!(CHROMIUM_EXTENSION.len(), 32);
    assert!(CHROMIUM_EXTENSION.bytes().all(|b| (b'a'..=b'p').contains(&b)));
}

#[test]
fn packages_of_other_systems_have_the_same_manifests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/windows");
    for (browser, file) in [(Browser::Chrome, "chromium.json"), (Browser::Firefox, "firefox.json")]
    {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let committed: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(committed, manifest(browser, Path::new("wardkey-host.exe"), &[]), "{file}");
    }
}

#[test]
fn a_package_is_filled_below_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = Arguments {
        browsers: vec![Browser::Firefox],
        system: true,
        root: Some(folder.path().to_owned()),
        host: Some("/usr/bin/wardkey-host".into()),
        ..Arguments::default()
    };
    install(&arguments).unwrap();
    let (_, file) = targets(&arguments).unwrap().remove(0);
    assert!(file.starts_with(folder.path()), "{}", file.display());
    let written: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(written["path"], "/usr/bin/wardkey-host");
}
