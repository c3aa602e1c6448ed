use serde_json::{Value, json};

use super::*;
use crate::{Algorithm, SigningKey, keys::tests::key};

const NOW: u64 = 1_795_468_800;
const ADDRESS: &str = "https://id.example/token";

fn proof(key: &SigningKey, change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let mut jwk = key.public().clone();
    for name in ["kid", "use"] {
        jwk.as_object_mut().unwrap().remove(name);
    }
    let mut header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk });
    let mut claims = json!({ "jti": "one", "htm": "POST", "htu": ADDRESS, "iat": NOW });
    change(&mut header, &mut claims);
    key.sign_with(&header, &claims)
}

fn request(access_token: Option<&str>) -> DpopRequest<'_> {
    DpopRequest { method: "POST", address: ADDRESS, access_token, now: NOW }
}

#[test]
fn a_right_proof_names_its_key_and_works_once() {
    let key = key(Algorithm::Es256);
    let verified = DpopProof::verify(&proof(&key, |_, _| ()), &request(None)).unwrap();
    assert_eq!(verified.jkt, key.kid());
    assert_eq!(verified.replay.until, NOW + AGE + SKEW);
    let query = proof(&key, |_, claims| claims["htu"] = json!(format!("{ADDRESS}?x#y")));
    assert_eq!(DpopProof::verify(&query, &request(None)).unwrap(), verified);
    let other = proof(&key, |_, claims| claims["jti"] = json!("two"));
    let other = DpopProof::verify(&other, &request(None)).unwrap();
    assert_ne!(other.replay.key, verified.replay.key);
}

#[test]
fn a_proof_goes_with_its_access_token() {
    let key = key(Algorithm::Es256);
    let ath = Base64UrlUnpadded::encode_string(&Sha256::digest("token"));
    let bound = proof(&key, |_, claims| claims["ath"] = json!(ath));
    assert!(DpopProof::verify(&bound, &request(Some("token"))).is_ok());
    assert!(DpopProof::verify(&bound, &request(Some("other"))).is_err());
    let unbound = proof(&key, |_, _| ());
    assert!(DpopProof::verify(&unbound, &request(Some("token"))).is_err());
}

#[test]
fn each_fault_is_refused() {
    let (es256, rs256) = (key(Algorithm::Es256), key(Algorithm::Rs256));
    type Change = fn(&mut Value, &mut Value);
    let faults: [Change; 10] = [
        |header, _| header["typ"] = json!("JWT"),
        |header, _| drop(header.as_object_mut().unwrap().remove("jwk")),
        |_, claims| claims["htm"] = json!("GET"),
        |_, claims| claims["htu"] = json!("https://id.example/userinfo"),
        |_, claims| claims["iat"] = json!(NOW - AGE - 1),
        |_, claims| claims["iat"] = json!(NOW + SKEW + 1),
        |_, claims| claims["jti"] = json!(""),
        |_, claims| drop(claims.as_object_mut().unwrap().remove("jti")),
        |_, claims| claims["jti"] = json!("x".repeat(257)),
        |header, _| header["jwk"]["x"] = json!("WKn-ZIGevcwGIyyrzFoZNBdaq9_TsqzGl96oc0CWuis"),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let refused = DpopProof::verify(&proof(&es256, fault), &request(None)).unwrap_err();
        assert_eq!(refused.error, ErrorCode::InvalidDpopProof, "{number}");
    }
    let old = proof(&rs256, |header, _| header["alg"] = json!("RS256"));
    assert!(DpopProof::verify(&old, &request(None)).is_err());
    assert!(DpopProof::verify("e30.e30.e30", &request(None)).is_err());
}
