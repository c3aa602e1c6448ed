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
