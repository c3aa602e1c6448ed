use serde_json::json;

use super::*;

fn key<'a>(
    values: impl IntoIterator<Item = (&'a str, RegistryValue)>,
    keys: impl IntoIterator<Item = (&'a str, RegistryKey)>,
) -> RegistryKey {
    let named = |(name, value): (&str, RegistryValue)| (name.to_owned(), value);
    RegistryKey {
        values: values.into_iter().map(named).collect(),
        keys: keys.into_iter().map(|(name, key)| (name.to_owned(), key)).collect(),
    }
}

fn text(text: &str) -> RegistryValue {
    RegistryValue::Text(text.to_owned())
}

#[test]
fn a_tree_of_typed_values_is_the_same_policy_as_a_file() {
    let (number, texts) = (RegistryValue::Number, |texts: &[&str]| {
        RegistryValue::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
    });
    let server = key(
        [
            ("url", text("https://id.example")),
            ("NAME", text("A")),
            ("authority", text(r"C:\a.pem")),
        ],
        [("modes", key([("1", text("normal"))], []))],
    );
    let second = text(r#"{"url": "https://b", "name": "B", "authority": "C:\\b.pem"}"#);
    let tree = key(
        [("development", number(1)), ("extensions", texts(&["a", "b"]))],
        [
            ("server", key([("10", second)], [("2", server)])),
            ("Dialog", key([("zoom", text("1.5")), ("timeout_seconds", number(60))], [])),
            ("cards", key([("piv", number(0))], [])),
        ],
    );
    let document = document(&tree, "HKLM").unwrap();
    let expected = json!({
        "development": true,
        "extensions": ["a", "b"],
        "server": [
            { "url": "https://id.example", "name": "A", "authority": r"C:\a.pem", "modes": ["normal"] },
            { "url": "https://b", "name": "B", "authority": r"C:\b.pem" },
        ],
        "dialog": { "zoom": 1.5, "timeout_seconds": 60 },
        "cards": { "piv": false },
    });
    assert_eq!(Value::Object(document.values.clone()), expected);
    let policy = document.policy().unwrap();
    assert_eq!((policy.servers[1].name.as_str(), policy.dialog.zoom), ("B", Some(1.5)));
}

#[test]
fn errors_name_the_key_of_the_registry() {
    let wrong = |tree: &RegistryKey| {
        document(tree, "HKLM").and_then(|document| document.policy()).unwrap_err().to_string()
    };
    let zom = key([], [("dialog", key([("zom", text("2"))], []))]);
    assert_eq!(
        wrong(&zom),
        r"HKLM\dialog\zom: dialog.zom: there is no such key; did you mean `zoom`?"
    );
    let piv = key([], [("cards", key([("piv", RegistryValue::Number(2))], []))]);
    assert_eq!(wrong(&piv), r"HKLM\cards\piv: cards.piv: it takes true or false");
    let json = key([], [("server", key([("1", text("{url}"))], []))]);
    assert!(
        wrong(&json).starts_with(r"HKLM\server\1: server[1]: it is no JSON: "),
        "{}",
        wrong(&json)
    );
    let inside = key([], [("server", key([("1", text(r#"{"uri": ""}"#))], []))]);
    let told = wrong(&inside);
    assert!(
        told.starts_with(
            r"HKLM\server\1: server[1].uri: there is no such key; did you mean `url`?"
        ),
        "{told}"
    );
}

const EXPORTED: &str = r#"Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Wardkey]
"development"=dword:00000001
; a comment
"extensions"=hex(7):61,00,62,00,00,00,\
  63,00,00,00,00,00

[HKEY_LOCAL_MACHINE\Software\Policies\Wardkey\server\1]
"url"="https://id.example"
"name"="\"A\" \\ B"
"authority"="C:\\ca.pem"
"#;

#[test]
fn what_the_registrys_editor_exports_is_read() {
    let utf16: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(EXPORTED.replace('\n', "\r\n").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for octets in [EXPORTED.as_bytes(), &utf16] {
        let policy = read(octets, "a.reg").unwrap().policy().unwrap();
        assert_eq!(policy.extensions, ["ab", "c"]);
        assert_eq!(policy.servers[0].name, r#""A" \ B"#);
        assert!(policy.development);
    }
}

#[test]
fn what_no_policy_has_is_refused_with_its_line() {
    for (change, to, said) in [
        ("Version 5.00", "Version 4.00", "a.reg:1: it does not begin"),
        ("dword:00000001", "hex:01", "a.reg:4: `\"development\"=hex:01` is no value"),
        ("dword:00000001", "dword:000000010", "a.reg:4: "),
        ("\"url\"=\"https://id.example\"", "\"url\"=-", "a.reg:10: "),
        ("\"url\"=\"https://id.example\"", "\"url\"=\"", "a.reg:10: "),
        (
            "Wardkey]",
            "Wardkey2]",
            "a.reg:3: `HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Wardkey2` is not below",
        ),
        ("[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Wardkey]", "", "a.reg:4: it stands in no key"),
    ] {
        let error = read(EXPORTED.replace(change, to).as_bytes(), "a.reg").unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}\n{said}");
    }
    assert!(read(&[0xff, 0xff], "a.reg").is_err());
}
