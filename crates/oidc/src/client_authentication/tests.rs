use serde_json::json;

use super::*;
use crate::{
    Algorithm, SigningKey,
    client::tests::{cis2, fapi2, keys_in},
    keys::tests::key,
};

const NOW: u64 = 1_795_468_800;
const CALLER: Caller<'_> = Caller {
    issuer: "https://id.example",
    endpoint: "https://id.example/token",
    published: None,
    now: NOW,
};

fn shown(authorization: Option<&str>, text: &str, client: &Client) -> Result<(), OAuthError> {
    let parameters = Parameters::read(text).unwrap();
    ClientCredentials::read(authorization, &parameters)?.verify(client, &CALLER).map(drop)
}

fn assertion(
    key: &SigningKey,
    alg: &str,
    change: impl FnOnce(&mut Value),
    client: &Client,
) -> Result<Option<Replay>, OAuthError> {
    let mut claims = json!({
        "iss": client.id, "sub": client.id, "aud": CALLER.issuer, "jti": "one",
        "iat": NOW, "exp": NOW + 60,
    });
    change(&mut claims);
    let token = key.sign_with(&json!({ "alg": alg, "kid": key.kid() }), &claims);
    let text = format!("client_assertion_type={JWT_BEARER}&client_assertion={token}");
    let parameters = Parameters::read(&text).unwrap();
    ClientCredentials::read(None, &parameters)?.verify(client, &CALLER)
}

#[test]
fn a_secret_is_shown_in_the_way_that_is_registered() {
    let post = cis2();
    let basic = Client {
        authentication: Authentication::ClientSecretBasic { secret_sha256: secret_hash("s:cret") },
        id: "id with%".into(),
        ..cis2()
    };
    let header = format!("Basic {}", Base64::encode_string(b"id+with%25:s%3Acret"));
    assert_eq!(shown(Some(&header), "", &basic), Ok(()));
    assert_eq!(shown(None, &format!("client_id={}&client_secret=secret", post.id), &post), Ok(()));
    for (authorization, text) in [
        (None, "client_secret=secret".to_owned()),
        (None, format!("client_id={}&client_secret=other", post.id)),
        (None, format!("client_id={}", post.id)),
        (Some(header.as_str()), String::new()),
        (Some(&*header), format!("client_id={}&client_secret=secret", post.id)),
        (Some("Basic !"), String::new()),
    ] {
        assert!(shown(authorization, &text, &post).is_err(), "{authorization:?} {text}");
    }
    assert!(shown(Some(&header), "client_id=another", &basic).is_err());
}

#[test]
fn an_assertion_is_for_this_server_from_this_client_and_for_once() {
    let key = key(Algorithm::Es256);
    let jwks = json!({ "keys": [key.public()] });
    let client = Client { authentication: keys_in(jwks.clone()), ..cis2() };
    let one = assertion(&key, "ES256", |_| (), &client).unwrap().unwrap();
    assert_eq!(one.until, NOW + 60 + SKEW);
    let endpoint = |claims: &mut Value| claims["aud"] = json!([CALLER.endpoint]);
    assert_eq!(assertion(&key, "ES256", endpoint, &client).unwrap(), Some(one));
    // FAPI 2.0: the issuer, as one text.
    let strict = fapi2(jwks);
    assert!(assertion(&key, "ES256", |_| (), &strict).is_ok());
    assert!(assertion(&key, "ES256", endpoint, &strict).is_err());
    let in_a_list = |claims: &mut Value| claims["aud"] = json!([CALLER.issuer]);
    assert!(assertion(&key, "ES256", in_a_list, &strict).is_err());

    type Change = fn(&mut Value);
    let faults: [Change; 9] = [
        |claims| claims["iss"] = json!("another"),
        |claims| claims["sub"] = json!("another"),
        |claims| claims["aud"] = json!("https://evil.example"),
        |claims| claims["exp"] = json!(NOW - SKEW),
        |claims| claims["exp"] = json!(NOW + LONGEST + SKEW + 1),
        |claims| claims["iat"] = json!(NOW + SKEW + 1),
        |claims| claims["nbf"] = json!(NOW + SKEW + 1),
        |claims| claims["jti"] = json!(""),
        |claims| drop(claims.as_object_mut().unwrap().remove("jti")),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        assert!(assertion(&key, "ES256", fault, &client).is_err(), "{number}");
    }
    let foreign = self::key(Algorithm::Es256);
    assert!(assertion(&foreign, "ES256", |_| (), &client).is_err());
}

#[test]
fn fapi2_refuses_older_signatures() {
    let key = key(Algorithm::Rs256);
    let jwks = json!({ "keys": [key.public()] });
    let loose = Client { authentication: keys_in(jwks.clone()), ..cis2() };
    assert!(assertion(&key, "RS256", |_| (), &loose).is_ok());
    assert!(assertion(&key, "RS256", |_| (), &fapi2(jwks.clone())).is_err());
    assert!(assertion(&key, "PS256", |_| (), &fapi2(jwks)).is_ok());
}

#[test]
fn keys_are_where_the_client_publishes_them() {
    let key = key(Algorithm::Es256);
    let client = Client {
        authentication: Authentication::PrivateKeyJwt {
            jwks: None,
            jwks_uri: Some("https://ward.example/keys".into()),
        },
        ..cis2()
    };
    assert_eq!(client.check(), Ok(()));
    let claims = json!({
        "iss": client.id, "sub": client.id, "aud": CALLER.issuer, "jti": "one", "exp": NOW + 60,
    });
    let token = key.sign_with(&json!({ "alg": "ES256" }), &claims);
    let text = format!("client_assertion_type={JWT_BEARER}&client_assertion={token}");
    let parameters = Parameters::read(&text).unwrap();
    let credentials = ClientCredentials::read(None, &parameters).unwrap();
    let published = json!({ "keys": [key.public()] });
    assert!(credentials.verify(&client, &CALLER).is_err());
    assert!(credentials.verify(&client, &Caller { published: Some(&published), ..CALLER }).is_ok());
    // Keys that are registered are not mixed with published ones.
    let registered = Client { authentication: keys_in(crate_keys()), ..client };
    let caller = Caller { published: Some(&published), ..CALLER };
    assert!(credentials.verify(&registered, &caller).is_err());
}

fn crate_keys() -> Value {
    json!({ "keys": [key(Algorithm::Es256).public()] })
}
