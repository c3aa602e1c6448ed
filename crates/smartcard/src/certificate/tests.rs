use super::*;

fn read(der: &[u8]) -> Option<CardCertificate> {
    CardCertificate::read(KeyId(vec![1]), der.to_vec())
}

fn uses(der: &[u8]) -> (bool, bool) {
    let uses = read(der).unwrap().uses;
    (uses.login, uses.content_commitment)
}

#[test]
fn login_is_digital_signature_without_content_commitment() {
    assert_eq!(uses(LOGIN_P256), (true, false));
    assert_eq!(uses(CONTENT_RSA2048), (false, true));
    assert_eq!(uses(BOTH_P384), (false, true));
}

#[test]
fn no_usage_and_another_usage_let_a_key_do_nothing() {
    assert_eq!(uses(NO_USAGE_ED25519), (false, false));
    assert_eq!(uses(AUTHORITY_P256), (false, false));
}

#[test]
fn the_algorithm_is_that_of_the_certified_key() {
    let algorithm = |der| read(der).unwrap().algorithm;
    assert_eq!(algorithm(LOGIN_P256), KeyAlgorithm::EcP256);
    assert_eq!(algorithm(BOTH_P384), KeyAlgorithm::EcP384);
    assert_eq!(algorithm(CONTENT_RSA2048), KeyAlgorithm::Rsa { bits: 2048 });
    assert_eq!(algorithm(NO_USAGE_ED25519), KeyAlgorithm::Other);
}

#[test]
fn what_is_no_certificate_is_not_listed() {
    assert_eq!(read(b""), None);
    assert_eq!(read(&LOGIN_P256[..LOGIN_P256.len() - 1]), None);
    assert_eq!(read(&[LOGIN_P256, &[0]].concat()), None);
}

const AUTHORITY_P256: &[u8] = include_bytes!("tests/authority_p256.der");
const BOTH_P384: &[u8] = include_bytes!("tests/both_p384.der");
const CONTENT_RSA2048: &[u8] = include_bytes!("tests/content_rsa2048.der");
const LOGIN_P256: &[u8] = include_bytes!("tests/login_p256.der");
const NO_USAGE_ED25519: &[u8] = include_bytes!("tests/no_usage_ed25519.der");
