//! Signatures judged by the public key in a certificate, with implementations that are not the
//! card's.

use der::{Decode as _, Encode as _};
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::{Pkcs1v15Sign, PublicKey};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use wardkey_smartcard::{CardCertificate, KeyAlgorithm, SignMechanism};
use x509_cert::Certificate;

/// The mechanism of a certificate's key over SHA-256.
pub fn mechanism(held: &CardCertificate) -> SignMechanism {
    match held.algorithm {
        KeyAlgorithm::Rsa { .. } => SignMechanism::RsaPkcs1Sha256,
        _ => SignMechanism::Ecdsa,
    }
}

/// Whether a signature over a digest is by the certificate's key.
pub fn verifies(held: &CardCertificate, digest: &[u8], signature: &[u8]) -> bool {
    let certificate = Certificate::from_der(&held.der).unwrap();
    let key = certificate.tbs_certificate().subject_public_key_info().to_der().unwrap();
    match held.algorithm {
        KeyAlgorithm::Rsa { .. } => {
            use rsa::pkcs8::DecodePublicKey as _;
            let key = PublicKey::from_public_key_der(&key).unwrap();
            let scheme = match digest.len() {
                32 => Pkcs1v15Sign::new::<Sha256>(),
                48 => Pkcs1v15Sign::new::<Sha384>(),
                _ => Pkcs1v15Sign::new::<Sha512>(),
            };
            key.verify(scheme, digest, signature).is_ok()
        }
        KeyAlgorithm::EcP256 => {
            use p256::pkcs8::DecodePublicKey as _;
            let key = p256::ecdsa::VerifyingKey::from_public_key_der(&key).unwrap();
            p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
        }
        KeyAlgorithm::EcP384 => {
            use p384::{
                ecdsa::{Signature, VerifyingKey},
                pkcs8::DecodePublicKey as _,
            };
            let key = VerifyingKey::from_public_key_der(&key).unwrap();
            Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
        }
        other => panic!("no verification for {other:?}"),
    }
}

/// Whether a PSS signature over a digest, its salt as long as the hash, is by the certificate's key.
pub fn verifies_pss(held: &CardCertificate, digest: &[u8], signature: &[u8]) -> bool {
    use rsa::{Pss, pkcs8::DecodePublicKey as _};
    let certificate = Certificate::from_der(&held.der).unwrap();
    let key = certificate.tbs_certificate().subject_public_key_info().to_der().unwrap();
    let key = PublicKey::from_public_key_der(&key).unwrap();
    let verified = match digest.len() {
        32 => key.verify(Pss::<Sha256>::new(), digest, signature),
        48 => key.verify(Pss::<Sha384>::new(), digest, signature),
        _ => key.verify(Pss::<Sha512>::new(), digest, signature),
    };
    verified.is_ok()
}

/// The SHA-256 of a text.
pub fn sha256(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

/// The SHA-384 of a text.
pub fn sha384(text: &str) -> Vec<u8> {
    Sha384::digest(text).to_vec()
}

/// The SHA-512 of a text.
pub fn sha512(text: &str) -> Vec<u8> {
    Sha512::digest(text).to_vec()
}
