use std::{path::Path, process::Command};

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
        issued: false,
    }
}

fn openssl(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn a_true_signature_is_discharged_and_a_changed_message_is_not() {
    let mut obligation = p256_obligation();
    assert!(obligation.discharge());
    obligation.message[0] ^= 1;
    assert!(!obligation.discharge());
}

#[test]
fn a_signature_holds_over_the_digest_of_its_message_alone() {
    let Obligation { algorithm, spki, message, signature, .. } = p256_obligation();
    let digest = algorithm.digest(&message).unwrap();
    assert!(holds_over_digest(algorithm, &spki, &digest, &signature));
    let other = algorithm.digest(b"another").unwrap();
    assert!(!holds_over_digest(algorithm, &spki, &other, &signature));
    assert!(!holds_over_digest(algorithm, &spki, &digest[..31], &signature));
    assert!(!holds_over_digest(SignatureAlgorithm::RsaPkcs1Sha256, &spki, &digest, &signature));
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

#[test]
fn rsa_signatures_of_openssl_hold_for_keys_of_each_length() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |arguments: &[&str]| openssl(folder.path(), arguments);
    let message = b"hello ward".to_vec();
    std::fs::write(folder.path().join("message"), &message).unwrap();
    // ring takes the longer two, with either side of the border between.
    for bits in ["1024", "2047", "2048", "3072"] {
        let length = format!("rsa_keygen_bits:{bits}");
        let key = ["-algorithm", "RSA", "-pkeyopt", &length, "-out", "rsa.pem"];
        openssl(&[&["genpkey"][..], &key].concat());
        let spki = openssl(&["pkey", "-in", "rsa.pem", "-pubout", "-outform", "DER"]);
        for (algorithm, hash) in [
            (SignatureAlgorithm::RsaPkcs1Sha1, "-sha1"),
            (SignatureAlgorithm::RsaPkcs1Sha256, "-sha256"),
            (SignatureAlgorithm::RsaPkcs1Sha384, "-sha384"),
            (SignatureAlgorithm::RsaPkcs1Sha512, "-sha512"),
        ] {
            let signature = openssl(&["dgst", hash, "-sign", "rsa.pem", "message"]);
            let (spki, message) = (spki.clone(), message.clone());
            let mut obligation = Obligation { algorithm, spki, message, signature, issued: false };
            assert!(obligation.discharge(), "{bits} {algorithm:?}");
            obligation.signature[9] ^= 1;
            assert!(!obligation.discharge(), "{bits} {algorithm:?}");
            obligation.signature[9] ^= 1;
            obligation.message[0] ^= 1;
            assert!(!obligation.discharge(), "{bits} {algorithm:?}");
        }
    }
}

#[test]
fn p_521_and_pss_signatures_of_openssl_hold() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |arguments: &[&str]| openssl(folder.path(), arguments);
    let message = b"hello ward".to_vec();
    std::fs::write(folder.path().join("message"), &message).unwrap();
    openssl(&["genpkey", "-algorithm", "RSA", "-out", "rsa.pem"]);
    let curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521", "-out", "ec.pem"];
    openssl(&[&["genpkey"][..], &curve].concat());
    let spki = |key| openssl(&["pkey", "-in", key, "-pubout", "-outform", "DER"]);
    let sign = |key, hash, more: &[&str]| {
        openssl(&[&["dgst", hash, "-sign", key][..], more, &["message"]].concat())
    };
    let pss = |salt| ["-sigopt", "rsa_padding_mode:pss", "-sigopt", salt];
    let holds = |algorithm, key, signature: Vec<u8>| {
        let (spki, message) = (spki(key), message.clone());
        Obligation { algorithm, spki, message, signature, issued: false }.discharge()
    };
    for (algorithm, hash) in [
        (SignatureAlgorithm::RsaPssSha256, "-sha256"),
        (SignatureAlgorithm::RsaPssSha384, "-sha384"),
        (SignatureAlgorithm::RsaPssSha512, "-sha512"),
    ] {
        assert!(holds(algorithm, "rsa.pem", sign("rsa.pem", hash, &pss("rsa_pss_saltlen:digest"))));
        assert!(!holds(algorithm, "rsa.pem", sign("rsa.pem", hash, &pss("rsa_pss_saltlen:8"))));
        assert!(!holds(algorithm, "rsa.pem", sign("rsa.pem", hash, &[])), "PKCS#1 v1.5 for PSS");
    }
    let algorithm = SignatureAlgorithm::EcdsaP521Sha512;
    let signature = sign("ec.pem", "-sha512", &[]);
    let raw = Obligation::ecdsa_from_der(algorithm, &signature).unwrap();
    assert_eq!(raw.len(), 132);
    assert!(holds(algorithm, "ec.pem", raw));
    assert_eq!(KeyKind::of_spki(&spki("ec.pem")), Some(KeyKind::EcP521));
    let other = Obligation::ecdsa_from_der(algorithm, &sign("ec.pem", "-sha256", &[])).unwrap();
    assert!(!holds(algorithm, "ec.pem", other));
}
