use super::*;
use crate::jose::{Keys, Unverified};

pub(crate) fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate(algorithm).unwrap(), 0, u64::MAX).unwrap()
}

#[test]
fn what_is_signed_verifies_by_what_is_published() {
    let keys = KeySet::new(vec![key(Algorithm::Es256), key(Algorithm::Rs256)]);
    let published = Keys::read(&keys.published()).unwrap();
    for algorithm in [Algorithm::Es256, Algorithm::Ps256, Algorithm::Rs256, Algorithm::Rs512] {
        let token = keys.sign(&json!({ "sub": "x" }), algorithm, "JWT", 1).unwrap();
        let claims: Value = Unverified::read(&token).unwrap().verify_by_any(&published).unwrap();
        assert_eq!(claims["sub"], "x");
        let (head, signature) = token.rsplit_once('.').unwrap();
        let mut forged = Base64UrlUnpadded::decode_vec(signature).unwrap();
        forged[20] ^= 1;
        let forged = format!("{head}.{}", base64(&forged));
        let read: Option<Value> = Unverified::read(&forged).unwrap().verify_by_any(&published);
        assert_eq!(read, None);
    }
    assert!(!keys.published().to_string().contains("\"d\""));
}

#[test]
fn the_newest_key_of_its_time_signs_and_all_are_published() {
    let der = || SigningKey::generate(Algorithm::Es256).unwrap();
    let old = SigningKey::from_pkcs8(&der(), 100, 200).unwrap();
    let new = SigningKey::from_pkcs8(&der(), 150, 300).unwrap();
    let (old_kid, new_kid) = (old.kid().to_owned(), new.kid().to_owned());
    let keys = KeySet::new(vec![old, new]);
    let kid = |now| {
        let token = keys.sign(&json!({}), Algorithm::Es256, "JWT", now).ok()?;
        let header = token.split('.').next()?.to_owned();
        let header: Value =
            serde_json::from_slice(&Base64UrlUnpadded::decode_vec(&header).ok()?).ok()?;
        Some(header["kid"].as_str()?.to_owned())
    };
    assert_eq!(kid(99), Some(old_kid.clone()), "the clock was ahead when it was made");
    assert_eq!(kid(149), Some(old_kid));
    assert_eq!(kid(150), Some(new_kid));
    assert_eq!(kid(300), None);
    assert_eq!(keys.published()["keys"].as_array().unwrap().len(), 2);
    let missing = keys.sign(&json!({}), Algorithm::Rs256, "JWT", 160).unwrap_err();
    assert_eq!(missing, KeyError::Missing(Algorithm::Rs256));
}

#[test]
fn what_is_no_key_is_refused() {
    assert!(SigningKey::from_pkcs8(b"no key", 0, 1).is_err());
}
