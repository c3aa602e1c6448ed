use super::*;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn the_example_of_the_standard_holds() {
    let challenge = CodeChallenge::read(Some(CHALLENGE), Some("S256")).unwrap();
    assert!(challenge.is_met_by(VERIFIER));
    assert!(!challenge.is_met_by(&VERIFIER.replace('d', "e")));
    assert!(!challenge.is_met_by(CHALLENGE));
    assert!(!challenge.is_met_by(""));
}

#[test]
fn plain_missing_and_malformed_challenges_are_refused() {
    for (challenge, method) in [
        (Some(CHALLENGE), Some("plain")),
        (Some(CHALLENGE), None),
        (None, Some("S256")),
        (Some("short"), Some("S256")),
        (Some(&*format!("{CHALLENGE}=")), Some("S256")),
    ] {
        assert!(CodeChallenge::read(challenge, method).is_err(), "{challenge:?} {method:?}");
    }
}
