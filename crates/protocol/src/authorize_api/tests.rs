use serde_json::json;

use super::*;

#[test]
fn claims_have_the_names_of_their_standards_and_no_others() {
    let request = json!({
        "iss": "https://id.example", "aud": "wardkey-agent", "iat": 1, "exp": 2,
        "transaction": "t", "client_id": "c", "client_name": "C",
        "reauthenticate": false, "select_role": true,
    });
    let claims: AuthorizeRequestClaims = serde_json::from_value(request.clone()).unwrap();
    assert_eq!(serde_json::to_value(&claims).unwrap(), request);
    for member in ["nbf", "clientId", "sub"] {
        let mut more = request.clone();
        more[member] = json!("x");
        assert!(serde_json::from_value::<AuthorizeRequestClaims>(more).is_err(), "{member}");
    }
    for member in request.as_object().unwrap().keys() {
        let mut less = request.clone();
        less.as_object_mut().unwrap().remove(member);
        assert!(serde_json::from_value::<AuthorizeRequestClaims>(less).is_err(), "{member}");
    }
    let proof =
        json!({"aud": "https://id.example", "seq": 7, "transaction": "t", "client_id": "c"});
    let claims: AuthorizeClaims = serde_json::from_value(proof.clone()).unwrap();
    assert_eq!(serde_json::to_value(&claims).unwrap(), proof);
}

#[test]
fn a_key_set_gives_its_p256_signature_keys() {
    let key = |kid: &str| {
        json!({"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ", "kid": kid,
                                 "use": "sig", "alg": "ES256"})
    };
    let mut encryption = key("encryption");
    encryption["use"] = json!("enc");
    let mut larger = key("larger");
    larger["crv"] = json!("P-384");
    let mut nameless = key("nameless");
    nameless.as_object_mut().unwrap().remove("kid");
    let rsa = json!({"kty": "RSA", "n": "bg", "e": "AQAB", "kid": "rsa", "use": "sig"});
    let set = json!({"keys": [rsa, key("a"), encryption, larger, nameless, 7, key("b")]});
    let read = ServerKeys::read(set.to_string().as_bytes()).unwrap();
    let names: Vec<&str> = read.keys.iter().map(|key| key.kid.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let written = serde_json::to_vec(&read).unwrap();
    assert_eq!(ServerKeys::read(&written), Some(read));
    for other in ["", "[]", "{}", r#"{"keys": {}}"#] {
        assert_eq!(ServerKeys::read(other.as_bytes()), None, "{other}");
    }
}
