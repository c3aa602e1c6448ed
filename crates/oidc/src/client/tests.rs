use serde_json::json;

use super::*;

/// An application of the profile `cis2`, with the secret `secret`.
pub(crate) fn cis2() -> Client {
    serde_json::from_value(json!({
        "id": "999999999999.apps.national",
        "name": "Meadow Ward",
        "profile": "cis2",
        "redirect_uris": ["https://ward.example/callback"],
        "authentication": { "method": "client_secret_post", "secret_sha256": secret_hash("secret") },
        "scopes": ["openid", "profile", "nationalrbacaccess", "selectedrole"],
    }))
    .unwrap()
}

pub(crate) fn keys_in(jwks: Value) -> Authentication {
    Authentication::PrivateKeyJwt { jwks: Some(jwks), jwks_uri: None }
}

pub(crate) fn fapi2(jwks: Value) -> Client {
    Client { profile: Profile::Fapi2, authentication: keys_in(jwks), dpop_bound: true, ..cis2() }
}

fn jwks() -> Value {
    json!({ "keys": [{
        "kty": "EC", "crv": "P-256",
        "x": "WKn-ZIGevcwGIyyrzFoZNBdaq9_TsqzGl96oc0CWuis",
        "y": "y77t-RvAHRKTsSGdIYUfweuOvwrvDD-Q3Hv5J0fSKbE",
    }] })
}

#[test]
fn right_registrations_pass() {
    assert_eq!(cis2().check(), Ok(()));
    assert_eq!(fapi2(jwks()).check(), Ok(()));
    assert_eq!(cis2().id_token_algorithm(), Algorithm::Rs256);
    assert_eq!(fapi2(jwks()).id_token_algorithm(), Algorithm::Ps256);
    assert!(cis2().rotates_refresh_tokens() && !fapi2(jwks()).rotates_refresh_tokens());
    assert_eq!(cis2().accepted_acr(), ["AAL3_SMARTCARD"]);
}

#[test]
fn each_wrong_one_says_what_is_wrong() {
    type Spoil = fn(&mut Client);
    let published =
        |jwks, uri: &str| Authentication::PrivateKeyJwt { jwks, jwks_uri: Some(uri.to_owned()) };
    for (authentication, said) in [
        (published(None, "http://ward.example/keys"), "https"),
        (published(Some(jwks()), "https://ward.example/keys"), "jwks"),
        (Authentication::PrivateKeyJwt { jwks: None, jwks_uri: None }, "jwks"),
    ] {
        let client = Client { authentication, ..cis2() };
        assert!(client.check().unwrap_err().0.contains(said), "{client:?}");
    }
    let wrong: [(Spoil, &str); 10] = [
        (|client| client.id = "two words".into(), "id"),
        (|client| client.name = String::new(), "name"),
        (|client| client.redirect_uris = vec!["http://ward.example/".into()], "https"),
        (|client| client.redirect_uris = vec!["https://ward.example/*".into()], "https"),
        (|client| client.redirect_uris = vec!["https://ward.example/#x".into()], "https"),
        (|client| client.redirect_uris = vec!["https://evil@ward.example/".into()], "https"),
        (|client| client.redirect_uris = vec!["http://localhost:9/".into()], "https"),
        (|client| client.redirect_uris.clear(), "redirect_uris"),
        (|client| client.scopes = vec!["everything".into()], "scope"),
        (|client| client.acr_values = vec!["AAL9".into()], "acr"),
    ];
    for (spoil, said) in wrong {
        let mut client = cis2();
        spoil(&mut client);
        assert!(client.check().unwrap_err().0.contains(said), "{client:?}");
    }
    let development = Client {
        development: true,
        redirect_uris: vec!["http://localhost:9/callback".into()],
        ..cis2()
    };
    assert_eq!(development.check(), Ok(()));
}

#[test]
fn fapi2_has_no_secrets_no_bearer_tokens_and_no_old_signatures() {
    let fapi2 = fapi2(jwks());
    for wrong in [
        Client { authentication: cis2().authentication, ..fapi2.clone() },
        Client { dpop_bound: false, ..fapi2.clone() },
        Client { id_token_signed_response_alg: Some(Algorithm::Rs256), ..fapi2 },
    ] {
        assert!(wrong.check().unwrap_err().0.contains("fapi2"));
    }
}
