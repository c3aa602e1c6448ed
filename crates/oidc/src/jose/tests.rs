use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn the_thumbprint_of_the_standard_is_ours() {
    // RFC 7638, section 3.1.
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_\
             BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0\
             _FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWh\
             AI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let jwk = json!({ "kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29" });
    let print = thumbprint(&jwk).unwrap();
    assert_eq!(print, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn symmetric_short_and_foreign_keys_are_no_keys() {
    let set = |key: Value| Keys::read(&json!({ "keys": [key] }));
    assert!(set(json!({ "kty": "oct", "k": "c2VjcmV0" })).is_none());
    assert!(set(json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" })).is_none());
    assert!(Keys::read(&json!({ "keys": [] })).is_none());
    assert!(Keys::read(&json!([])).is_none());
}

#[test]
fn unsigned_and_symmetric_tokens_are_not_read() {
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#, r#"{"alg":"ES256","crit":["exp"]}"#] {
        use base64ct::{Base64UrlUnpadded, Encoding as _};
        let token = format!("{}.e30.AA", Base64UrlUnpadded::encode_string(header.as_bytes()));
        assert!(Unverified::read(&token).is_none(), "{header}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(token in "[a-zA-Z0-9_.-]{0,200}") {
        let _ = Unverified::read(&token);
    }
}
