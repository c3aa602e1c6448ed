use std::path::Path;

use super::{
    schema::{Key, Kind},
    *,
};

const POLICY: &str = r#"
development = true

[[server]]
url = "https://id.example"
name = "Example Trust"
authority = "/etc/wardkey/tls-ca.pem"

[[origin]]
origin = "http://localhost:8080"
capabilities = ["sign_in", "ticket"]
"#;

fn parse(text: &str) -> Result<Policy, PolicyError> {
    toml_file::read(text, Path::new("policy.toml"))?.policy()
}

#[test]
fn an_admitted_origin_has_its_capabilities_and_its_server() {
    let policy = parse(POLICY).unwrap();
    let origin = policy.origin(&Origin::parse("http://localhost:8080").unwrap()).unwrap();
    assert!(origin.capabilities.contains(&Capability::Ticket));
    assert!(!origin.capabilities.contains(&Capability::Sign));
    assert_eq!(policy.server_of(origin.server.as_deref()).unwrap().name, "Example Trust");
    assert!(policy.origin(&Origin::parse("http://localhost:8081").unwrap()).is_none());
}

/// What is wrong with the usual policy once this of it is changed.
fn wrong(change: &str, to: &str) -> String {
    assert!(POLICY.contains(change), "{change}");
    parse(&POLICY.replace(change, to)).unwrap_err().to_string()
}

#[test]
fn loopback_needs_development() {
    let error = wrong("development = true", "");
    let said = "`http://localhost:8080` is admitted with `development = true` alone";
    assert_eq!(error, format!("policy.toml:10: origin[1].origin: {said}"));
}

#[test]
fn errors_name_file_line_key_and_what_was_meant() {
    for (change, to, said) in [
        ("name = ", "nmae = ", "6: server[1].nmae: there is no such key; did you mean `name`?"),
        (
            "\"ticket\"",
            "\"tickets\"",
            "11: origin[1].capabilities[2]: `tickets` is none of its values; did you mean `ticket`?",
        ),
        ("https://id", "http://id", "5: server[1].url: `http://id.example` is not https"),
        ("8080\"", "8080/\"", "10: origin[1].origin: not the ASCII form of an origin"),
        ("/etc/wardkey/tls", "tls", "7: server[1].authority: `tls-ca.pem` is no absolute path"),
        (
            "capab",
            "server = \"https://other\"\ncapab",
            "11: origin[1].server: there is no server `https://other`",
        ),
        (
            "capab",
            "development = true\ncapab",
            "11: origin[1].development: there is no such key; it belongs at the top, before any `[table]`",
        ),
        ("true", "1", "2: development: it takes true or false"),
        ("true", "tru", "2: "),
        (
            "name =",
            "removal_grace_seconds = 86401\nname =",
            "6: server[1].removal_grace_seconds: 86401 is no whole number from 0 to 86400",
        ),
        (
            "name =",
            "modes = [\"normal\"]\nremoval = \"end\"\nname =",
            "7: server[1].removal: it can't stand beside `modes`, which says it",
        ),
        (
            "name =",
            "timestamp_authority = \"http://t\"\nname =",
            "6: server[1].timestamp_authority: it needs `timestamp_anchors`",
        ),
        ("name =", "signing_policy = \"x\"\nname =", "6: server[1].signing_policy: "),
        (
            "[[origin]]",
            "[[server]]\nurl = \"https://id.example\"\nname = \"B\"\nauthority = \"/b\"\n[[origin]]",
            "10: server[2].url: two servers have this address",
        ),
        (
            "[[origin]]",
            "[dialog]\nzoom = 4\n[[origin]]",
            "10: dialog.zoom: 4 is not within 1 and 3",
        ),
        (
            "[[origin]]",
            "[dialog]\nlanguage = \"xx\"\n[[origin]]",
            "10: dialog.language: `xx` is none of its values, which are `en`, `cy`",
        ),
        ("name = \"Example Trust\"", "", "4: server[1]: `name` is missing"),
        (
            "[[origin]]",
            "[service_desk]\nurl = \"javascript:1\"\n[[origin]]",
            "10: service_desk.url: `javascript:1` is not https",
        ),
    ] {
        let error = wrong(change, to);
        assert!(error.starts_with(&format!("policy.toml:{said}")), "{error}\n{said}");
    }
}

#[test]
fn every_error_is_told_at_once() {
    let text = POLICY.replace("name =", "nmae =").replace("capabilities", "capabilitys");
    let told = parse(&text).unwrap_err().to_string();
    let keys: Vec<_> = told.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    let expected = ["origin[1].capabilitys", "origin[1]", "server[1].nmae", "server[1]"];
    assert_eq!(keys, expected, "{told}");
}

/// The tables of the schema, each as documentation heads it, with its keys.
fn tables(keys: &[Key], name: &str, heading: String) -> Vec<(String, Vec<String>)> {
    let mut found = vec![(heading, keys.iter().map(|key| key.name.clone()).collect())];
    for key in keys {
        let dot = if name.is_empty() { "" } else { "." };
        let name = format!("{name}{dot}{}", key.name);
        if let Kind::Table(keys) = &key.kind {
            found.extend(tables(keys, &name, format!("`[{name}]`")));
        }
        if let Some(keys) = key.kind.of_tables() {
            found.extend(tables(keys, &name, format!("`[[{name}]]`")));
        }
    }
    found
}

#[test]
fn the_documentation_has_every_key_in_its_table_and_no_other() {
    let text = include_str!("../../../docs/policy.md");
    for (heading, keys) in tables(&schema::keys(), "", "At the top".to_owned()) {
        let (_, section) = text.split_once(&format!("## {heading}\n")).expect(&heading);
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let mut documented: Vec<_> = rows.collect();
        documented.sort_unstable();
        assert_eq!(documented, keys, "{heading}");
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
    assert!(error.contains("`xx` is none of its values"), "{error}");
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

const REMOTE: &str = r#"
[[cards.remote]]
name = "Trust signing"
url = "https://sign.example/csc/v2"
token_url = "https://sign.example/oauth2/token"
authority = "/etc/wardkey/sign-ca.pem"
client_id = "ward"
client_secret = "/etc/wardkey/sign.secret"
"#;

#[test]
fn a_service_that_keeps_keys_has_bounds() {
    let policy = parse(REMOTE).unwrap();
    let [service] = &policy.cards.remote[..] else { panic!("one service") };
    assert_eq!((service.patience().as_secs(), service.idle().as_secs()), (120, 900));
    assert!(!service.admit_scal1);
    for (change, to, named) in [
        ("https://sign.example/csc", "http://sign.example/csc", "cards.remote[1].url"),
        ("https://sign.example/oauth2", "sign.example/oauth2", "cards.remote[1].token_url"),
        ("Trust signing", " ", "cards.remote[1].name"),
        ("client_id =", "idle_seconds = 0\nclient_id =", "cards.remote[1].idle_seconds"),
        ("client_id =", "confirm_seconds = 601\nclient_id =", "cards.remote[1].confirm_seconds"),
        ("client_id =", "clientid =", "clientid"),
    ] {
        let error = parse(&REMOTE.replacen(change, to, 1)).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
    let twice = parse(&format!("{REMOTE}{REMOTE}")).unwrap_err().to_string();
    assert!(twice.contains("two services have this name"), "{twice}");
}
