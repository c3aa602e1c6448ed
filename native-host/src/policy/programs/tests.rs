use super::{super::toml_file, *};

const POLICY: &str = r#"
[[server]]
url = "https://id.example"
name = "Example Trust"
authority = "/etc/wardkey/tls-ca.pem"

[[program]]
executable = "/opt/clinic/bin/clinic"
name = "Clinic Desktop"
relying_party = "https://clinic.example"
capabilities = ["sign_in", "ticket"]

[[program]]
executable = "/usr/bin/python3"
name = "Reports"
capabilities = ["user_details"]
"#;

fn parse(text: &str) -> Result<Policy, String> {
    let read = toml_file::read(text, Path::new("policy.toml"));
    read.and_then(|document| document.policy()).map_err(|error| error.to_string())
}

#[test]
fn a_program_is_found_by_what_it_runs() {
    let policy = parse(POLICY).unwrap();
    let program = policy.program(|file| file == Path::new("/usr/bin/python3")).unwrap();
    assert_eq!((program.name.as_str(), &program.relying_party), ("Reports", &None));
    let server = policy.server_of(program.server.as_deref()).unwrap();
    assert_eq!(server.url, "https://id.example");
    assert!(policy.program(|_| false).is_none());
}

#[test]
fn errors_name_the_key() {
    for (change, to, named) in [
        ("\"/opt/clinic/bin/clinic\"", "\"bin/clinic\"", "program[1].executable: `bin/clinic`"),
        ("/usr/bin/python3", "/opt/clinic/bin/clinic", "program[2].executable"),
        ("\"Reports\"", "\" \"", "program[2].name"),
        ("name = \"Reports\"", "name = \"Reports\"\nserver = \"https://x\"", "program[2].server"),
        ("\"user_details\"", "\"authenticate\"", "program[2].capabilities"),
        ("\"user_details\"", "\"authorize\"", "program[2].capabilities"),
        ("\"user_details\"", "\"ticket\"", "program[2].relying_party"),
        ("https://clinic.example", "http://localhost:8080", "program[1].relying_party"),
        ("https://clinic.example", "https://clinic.example/", "relying_party"),
        ("relying_party", "relying_partner", "program[1].relying_partner"),
    ] {
        let error = parse(&POLICY.replace(change, to)).unwrap_err();
        assert!(error.contains(named), "{named}: {error}");
    }
    let development = POLICY.replace("https://clinic.example", "http://localhost:8080");
    assert!(parse(&format!("development = true\n{development}")).is_ok());
}
