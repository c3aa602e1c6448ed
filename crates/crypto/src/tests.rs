use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use spki::EncodePublicKey as _;

use super::*;

fn p256_obligation() -> Obligation {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let message = b"hello ward".to_vec();
    let signature: Signature = key.sign(&message);
    Obligation {
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
        spki: key.verifying_key().to_public_key_der().unwrap().into_vec(),
        message,
        signature: signature.to_bytes().to_vec(),
    }
}

#[test]
fn a_true_signature_is_discharged_and_a_changed_message_is_not() {
    let mut obligation = p256_obligation();
    assert!(obligation.discharge());
    obligation.message[0] ^= 1;
    assert!(!obligation.discharge());
}

#[test]
fn a_key_of_another_kind_is_refused() {
    let mut obligation = p256_obligation();
    obligation.algorithm = SignatureAlgorithm::RsaPkcs1Sha256;
    assert!(!obligation.discharge());
    assert_eq!(KeyKind::of_spki(&obligation.spki), Some(KeyKind::EcP256));
}

#[test]
fn ecdsa_signatures_survive_the_trip_through_der() {
    let obligation = p256_obligation();
    let der = Obligation::ecdsa_to_der(&obligation.signature).unwrap();
    let raw = Obligation::ecdsa_from_der(obligation.algorithm, &der).unwrap();
    assert_eq!(raw, obligation.signature);
    assert_eq!(Obligation::ecdsa_from_der(obligation.algorithm, &der[1..]), None);
}

#[test]
fn each_algorithm_is_found_by_its_oid() {
    let algorithm = SignatureAlgorithm::RsaPkcs1Sha256;
    assert_eq!(SignatureAlgorithm::from_oid(algorithm.oid()), Some(algorithm));
    assert_eq!(SignatureAlgorithm::from_oid(const_oid::db::rfc5912::RSA_ENCRYPTION), None);
}
