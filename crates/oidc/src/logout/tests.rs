use super::*;
use crate::{Algorithm, client::tests::cis2, keys::tests::key};

const ISSUER: &str = "https://id.example";

fn keys() -> KeySet {
    KeySet::new(vec![key(Algorithm::Es256)])
}

fn hint(keys: &KeySet, issuer: &str) -> String {
    let claims = json!({
        "iss": issuer, "aud": cis2().id, "sub": "555000000101", "sid": "s1", "exp": 1,
    });
    keys.sign(&claims, Algorithm::Es256, "JWT", 5).unwrap()
}

#[test]
fn a_client_that_knows_the_session_may_end_it_and_say_where_to_go() {
    let keys = keys();
    let text = format!(
        "id_token_hint={}&post_logout_redirect_uri=https%3A%2F%2Fward.example%2Fbye&state=a%26b",
        hint(&keys, ISSUER)
    );
    let request = LogoutRequest::read(&Parameters::read(&text).unwrap(), &keys, ISSUER).unwrap();
    assert_eq!(request.hint.as_ref().unwrap().sid, "s1");
    let mut client = cis2();
    assert!(request.destination(Some(&client)).is_err());
    assert!(request.destination(None).is_err());
    client.post_logout_redirect_uris = vec!["https://ward.example/bye".into()];
    let destination = request.destination(Some(&client)).unwrap();
    assert_eq!(destination.as_deref(), Some("https://ward.example/bye?state=a%26b"));
}

#[test]
fn hints_of_others_are_refused() {
    let (ours, others) = (keys(), keys());
    // A logout token says as much of the session, and was not given to a user's browser.
    let told = LogoutToken::new(ISSUER, &cis2().id, "555000000101", "s1", "j1", 5);
    let told = ours.sign(&told, Algorithm::Es256, LogoutToken::TYPE, 5).unwrap();
    for text in [
        format!("id_token_hint={told}"),
        format!("id_token_hint={}", hint(&others, ISSUER)),
        format!("id_token_hint={}", hint(&ours, "https://evil.example")),
        format!("id_token_hint={}&client_id=another", hint(&ours, ISSUER)),
        "id_token_hint=nonsense".to_owned(),
    ] {
        assert!(LogoutRequest::read(&Parameters::read(&text).unwrap(), &ours, ISSUER).is_err());
    }
}

#[test]
fn a_logout_token_names_session_and_event_and_has_no_nonce() {
    let token = LogoutToken::new(ISSUER, "client", "555000000101", "s1", "j1", 1000);
    let claims = serde_json::to_value(token).unwrap();
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER, "aud": "client", "sub": "555000000101", "sid": "s1", "iat": 1000,
            "exp": 1120, "jti": "j1", "events": { EVENT: {} },
        })
    );
}
