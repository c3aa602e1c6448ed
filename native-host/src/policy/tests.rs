use super::*;

const POLICY: &str = r#"
development = true

[[server]]
url = "https://id.example"
name = "Example Trust"
authority = "tls-ca.pem"

[[origin]]
origin = "http://localhost:8080"
capabilities = ["sign_in", "ticket"]
"#;

fn parse(text: &str) -> Result<Policy, PolicyError> {
    Policy::parse(text, Path::new("policy.toml"))
}

#[test]
fn an_admitted_origin_has_its_capabilities_and_its_server() {
    let policy = parse(POLICY).unwrap();
    let origin = policy.origin(&Origin::parse("http://localhost:8080").unwrap()).unwrap();
    assert!(origin.capabilities.contains(&Capability::Ticket));
    assert!(!origin.capabilities.contains(&Capability::Sign));
    assert_eq!(policy.server_of(origin).unwrap().name, "Example Trust");
    assert!(policy.origin(&Origin::parse("http://localhost:8081").unwrap()).is_none());
}

#[test]
fn loopback_needs_development() {
    let policy = parse(&POLICY.replace("development = true", "")).unwrap();
    assert!(policy.origin(&Origin::parse("http://localhost:8080").unwrap()).is_none());
}

#[test]
fn errors_name_the_key() {
    for (change, to, named) in [
        ("name = ", "nmae = ", "nmae"),
        ("\"ticket\"", "\"tickets\"", "tickets"),
        ("https://id.example", "http://id.example", "server.url"),
        ("http://localhost:8080", "http://localhost:8080/", "origin"),
        ("capabilities", "server = \"https://other\"\ncapabilities", "https://other"),
    ] {
        let error = parse(&POLICY.replace(change, to)).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

/// What a table may hold, as the error for a key that it may not says.
fn keys_of(table: &str) -> Vec<String> {
    let error = parse(&format!("{table}\nno_such_key = 1\n")).unwrap_err().to_string();
    let (_, expected) = error.split_once("expected ").unwrap_or_else(|| panic!("{error}"));
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_documentation_has_every_key_in_its_table_and_no_other() {
    let text = include_str!("../../../docs/policy.md");
    let tables = ["", "[[server]]", "[[origin]]", "[cards]", "[batch]", "[dialog]", "[agent]"];
    for table in tables {
        let heading =
            if table.is_empty() { "## At the top".to_owned() } else { format!("## `{table}`") };
        let (_, section) = text.split_once(&heading).unwrap_or_else(|| panic!("{heading}"));
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let mut documented: Vec<_> = rows.collect();
        let mut keys = keys_of(table);
        documented.sort_unstable();
        keys.sort_unstable();
        assert_eq!(documented, keys, "{table}");
    }
}

#[test]
fn the_dialog_has_a_language_and_colours() {
    let policy = parse(
        "[dialog]\nlanguage = \"cy\"\ncolours = \"high_contrast\"\nmotion = \"reduced\"\nzoom = 1.5",
    );
    let arguments = policy.unwrap().dialog.preferences().arguments();
    let expected = [
        ["--language", "cy"],
        ["--colours", "high-contrast"],
        ["--motion", "reduced"],
        ["--zoom", "1.5"],
    ];
    assert_eq!(arguments, expected.concat());
    let error = parse("[dialog]\nlanguage = \"xx\"").unwrap_err().to_string();
    assert!(error.contains("no texts in `xx`"), "{error}");
}

#[test]
fn short_keys_are_admitted_for_the_purpose_and_the_cards_that_are_named() {
    let with = |exceptions: &str| {
        let text = POLICY.replace("[[origin]]", &format!("{exceptions}\n[[origin]]"));
        parse(&text).map(|policy| policy.servers[0].clone())
    };
    let (content, login) = (KeyPurpose::ContentCommitment, KeyPurpose::Login);
    let nobody = with("").unwrap();
    assert!(!nobody.admits_short_key(content, "1") && !nobody.admits_short_key(login, "1"));
    let exception =
        "[[server.short_keys]]\npurpose = \"content_commitment\"\ncards = [\"1\", \"2\"]";
    let named = with(exception).unwrap();
    assert!(named.admits_short_key(content, "2"));
    assert!(!named.admits_short_key(content, "3") && !named.admits_short_key(login, "2"));
    let every = with(&exception.replace("\"1\", \"2\"", "\"*\"")).unwrap();
    assert!(every.admits_short_key(content, "3") && !every.admits_short_key(login, "3"));
    assert!(with("[[server.short_keys]]\npurpose = \"login\"").is_err(), "cards have to be named");
}

#[test]
fn piv_comes_before_modules_unless_policy_says_otherwise() {
    let ways = |cards: &str| parse(&format!("{POLICY}\n[cards]\n{cards}\n")).unwrap().cards.ways();
    let module = Way::Module("/opt/module.so".into());
    assert_eq!(ways("")[0], Way::Piv);
    assert!(!ways("piv = false").contains(&Way::Piv));
    assert_eq!(ways("modules = [\"/opt/module.so\"]"), [Way::Piv, module.clone()]);
    assert_eq!(ways("piv = false\nmodules = [\"/opt/module.so\"]"), [module]);
}
