use std::path::Path;

use super::{super::toml_file, *};

const POLICY: &str = r#"
development = true

[[server]]
url = "https://localhost:8443"
name = "Simulated Trust"
authority = "/tmp/simulation/tls-ca.pem"

[cards]
piv = true

[dialog]
zoom = 1

[simulation]
socket = "/tmp/simulation/cards.sock"
answers = true
"#;

fn parse(text: &str) -> Result<Policy, String> {
    let document = toml_file::read(text, Path::new("policy.toml")).unwrap();
    document.policy().map_err(|error| error.to_string())
}

#[test]
fn simulated_cards_are_the_only_ones() {
    let policy = parse(POLICY).unwrap();
    assert_eq!(policy.ways(), [Way::Simulated("/tmp/simulation/cards.sock".into())]);
    assert!(policy.simulation.answerer().is_some());
    let seen = parse(&POLICY.replace("answers = true", "")).unwrap();
    assert!(seen.simulation.answerer().is_none() && seen.simulation.socket.is_some());
    let real = parse("development = true").unwrap();
    assert!(!real.ways().iter().any(|way| matches!(way, Way::Simulated(_))));
}

#[test]
fn nothing_is_simulated_where_anything_is_real() {
    for (change, to, said) in [
        ("development = true", "", "16: simulation.socket: cards are simulated with"),
        ("localhost:8443", "id.example", "5: server[1].url: `https://id.example` is not on this"),
        ("localhost:8443", "localhost.example", "5: server[1].url: "),
        ("piv = true", "modules = [\"/opt/module.so\"]", "10: cards.modules: it can't stand"),
        ("zoom = 1", "pinentry = \"/usr/bin/pinentry\"", "13: dialog.pinentry: it can't stand"),
        ("socket = \"/tmp/simulation/cards.sock\"", "", "17: simulation.answers: it is nothing"),
        ("/tmp/simulation/cards", "cards", "16: simulation.socket: `cards.sock` is no absolute"),
    ] {
        assert!(POLICY.contains(change), "{change}");
        let error = parse(&POLICY.replace(change, to)).unwrap_err();
        assert!(error.starts_with(&format!("policy.toml:{said}")), "{error}\n{said}");
    }
    let service = "[[cards.remote]]\nname = \"A\"\nurl = \"https://a\"\ntoken_url = \"https://a\"\n\
                   authority = \"/a.pem\"\nclient_id = \"a\"\nclient_secret = \"/a.secret\"\n";
    let error = parse(&format!("{POLICY}{service}")).unwrap_err();
    assert!(error.contains("cards.remote: it can't stand beside simulated cards"), "{error}");
}
