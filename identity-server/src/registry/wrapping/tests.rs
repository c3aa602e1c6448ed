use super::*;

#[test]
fn what_is_wrapped_opens_with_the_same_key_only() {
    let key = WrappingKey::new(&[7; 32]).unwrap();
    let wrapped = key.wrap(b"secret").unwrap();
    assert_eq!(&**key.unwrap(&wrapped).unwrap(), b"secret");
    assert_ne!(key.wrap(b"secret").unwrap(), wrapped, "a nonce is used once");
    assert!(WrappingKey::new(&[8; 32]).unwrap().unwrap(&wrapped).is_err());
    let mut changed = wrapped.clone();
    changed[NONCE_LEN] ^= 1;
    assert!(key.unwrap(&changed).is_err());
    assert!(key.unwrap(&wrapped[..5]).is_err());
    assert!(WrappingKey::new(&[7; 16]).is_err());
}
