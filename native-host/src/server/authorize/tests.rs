use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::pkcs8::DecodePublicKey as _;
use serde_json::{Value, json};
use wardkey_protocol::{authorize_api::AuthorizeClaims, session_api::ProofHeader};

use super::{
    testing::{TestKey, claims},
    *,
};
use crate::server::SessionProver;

const SERVER: &str = "https://id.example";
const NOW: u64 = 1_795_000_000;

fn outcome(key: &TestKey, token: &str, now: u64) -> Result<AuthorizeRequestClaims, RequestError> {
    let published = key.public();
    let mut point = vec![4];
    for coordinate in [published.x, published.y] {
        point.extend(Base64UrlUnpadded::decode_vec(&coordinate).unwrap());
    }
    let key = p256::PublicKey::from_sec1_bytes(&point).unwrap();
    let spki = p256::pkcs8::EncodePublicKey::to_public_key_der(&key).unwrap();
    let claims = verified(unverified(token)?, spki.as_bytes())?;
    check(claims, SERVER, now)
}

fn changed(member: &str, value: Value) -> Value {
    let mut claims = claims(SERVER, NOW);
    claims[member] = value;
    claims
}

#[test]
fn a_request_of_the_server_is_read() {
    let key = TestKey::new(1, "k");
    let mut asked = claims(SERVER, NOW);
    asked["client_name"] = json!("Ward\u{202e} App");
    asked["reauthenticate"] = json!(true);
    let request = outcome(&key, &key.request(&asked), NOW).unwrap();
    assert_eq!(serde_json::to_value(request).unwrap(), asked);
}

#[test]
fn another_key_algorithm_or_type_is_refused() {
    let (key, other) = (TestKey::new(1, "k"), TestKey::new(2, "k"));
    let token = other.request(&claims(SERVER, NOW));
    assert_eq!(outcome(&key, &token, NOW), Err(JwsError::SignatureInvalid.into()));
    for (header, wanted) in [
        (json!({"alg": "none", "typ": REQUEST_TYPE, "kid": "k"}), JwsError::AlgorithmRefused),
        (json!({"alg": "ES384", "typ": REQUEST_TYPE, "kid": "k"}), JwsError::AlgorithmRefused),
        (json!({"alg": "ES256", "typ": "JWT", "kid": "k"}), JwsError::WrongType),
        (json!({"alg": "ES256", "kid": "k"}), JwsError::WrongType),
        (json!({"alg": "ES256", "typ": "wardkey-authorize+jwt", "kid": "k"}), JwsError::WrongType),
        (json!({"alg": "ES256", "typ": REQUEST_TYPE, "kid": "k", "jwk": {}}), JwsError::Header),
    ] {
        let token = key.signed(&header, &claims(SERVER, NOW));
        assert_eq!(outcome(&key, &token, NOW), Err(wanted.into()), "{header}");
    }
}

#[test]
fn a_request_for_others_is_refused() {
    let key = TestKey::new(1, "k");
    let refused = |claims: Value| outcome(&key, &key.request(&claims), NOW).unwrap_err();
    for other in ["https://id.example/", "https://id.example:443", "https://ID.example", ""] {
        assert_eq!(refused(changed("iss", json!(other))), RequestError::Issuer, "{other}");
    }
    assert_eq!(refused(changed("aud", json!("wardkey"))), RequestError::Audience);
    assert_eq!(refused(changed("aud", json!(["wardkey-agent"]))), RequestError::Claims);
}

#[test]
fn a_request_has_its_time() {
    let key = TestKey::new(1, "k");
    let times = |iat: u64, exp: u64| {
        let mut claims = claims(SERVER, NOW);
        (claims["iat"], claims["exp"]) = (json!(iat), json!(exp));
        outcome(&key, &key.request(&claims), NOW).map(drop)
    };
    assert_eq!(times(NOW - 300, NOW), Err(RequestError::Expired));
    assert_eq!(times(NOW - 300, NOW + 1), Ok(()));
    assert_eq!(times(NOW, NOW + 600), Ok(()));
    assert_eq!(times(NOW, NOW + 601), Err(RequestError::Times));
    assert_eq!(times(NOW - 1, NOW + 600), Err(RequestError::Times));
    // A server whose clock is a minute ahead makes requests that last as long.
    assert_eq!(times(NOW + 60, NOW + 660), Ok(()));
    assert_eq!(times(NOW + 61, NOW + 300), Err(RequestError::Times));
    assert_eq!(times(NOW + 60, NOW + 60), Err(RequestError::Times));
    assert_eq!(times(0, u64::MAX), Err(RequestError::Times));
}

#[test]
fn claims_are_strict_and_named() {
    let key = TestKey::new(1, "k");
    let refused = |claims: &Value| outcome(&key, &key.request(claims), NOW).err();
    for (member, value) in [
        ("transaction", json!("")),
        ("transaction", json!("t".repeat(MAX_TEXT + 1))),
        ("client_id", json!("")),
        ("client_name", json!(" ")),
        ("client_name", json!("é".repeat(MAX_CLIENT_NAME + 1))),
        ("client_name", json!(null)),
        ("reauthenticate", json!("false")),
        ("prompt", json!("none")),
        ("iat", json!(-1)),
        ("exp", json!("1795000300")),
    ] {
        assert_eq!(refused(&changed(member, value)), Some(RequestError::Claims), "{member}");
    }
    assert_eq!(refused(&changed("client_name", json!("é".repeat(MAX_CLIENT_NAME)))), None);
    let values: Vec<_> = claims(SERVER, NOW).as_object().unwrap().values().cloned().collect();
    assert_eq!(refused(&json!(values)), Some(RequestError::Claims));
}

#[test]
fn a_proof_is_bound_to_session_transaction_and_client() {
    let server = TestKey::new(1, "k");
    let request = outcome(&server, &server.request(&claims(SERVER, NOW)), NOW).unwrap();
    let prover = SessionProver::generate().unwrap().of_session("session-1");
    let spki = prover.spki().unwrap();
    assert!(p256::PublicKey::from_public_key_der(&spki).is_ok());
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let proof = prover.authorize(&request).unwrap();
        let expected = Expected {
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            typ: Some("wardkey-authorize+jwt"),
        };
        let proof = Unverified::read(&proof, &expected).unwrap();
        assert_eq!(proof.kid(), Some("session-1"));
        let payload = proof.verify(&spki).unwrap().discharge().unwrap().payload;
        let AuthorizeClaims { aud, seq, transaction, client_id } =
            serde_json::from_slice(&payload).unwrap();
        assert_eq!((aud.as_str(), client_id.as_str()), (SERVER, "ward-app"));
        assert_eq!(transaction, "transaction-1");
        numbers.push(seq);
    }
    assert_eq!(numbers, [1, 2]);
    // The header is the session API's, so that one reader serves both.
    let header = prover.authorize(&request).unwrap();
    let header = Base64UrlUnpadded::decode_vec(header.split('.').next().unwrap()).unwrap();
    let header: ProofHeader = serde_json::from_slice(&header).unwrap();
    assert_eq!((header.alg.as_str(), header.kid.as_str()), ("ES256", "session-1"));
}
