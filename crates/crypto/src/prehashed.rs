use rsa::{PublicKey, pkcs1v15, pss, signature::hazmat::PrehashVerifier};
use sha2::{Sha256, Sha384, Sha512};
use spki::DecodePublicKey as _;

use crate::{Hash, SignatureAlgorithm};

/// Whether a signature holds over a message of which the digest alone is known. A digest of another
/// length than the algorithm's hash, and a key or signature that cannot be read, do not hold; neither
/// does SHA-1.
#[must_use]
pub fn holds_over_digest(
    algorithm: SignatureAlgorithm,
    spki: &[u8],
    digest: &[u8],
    signature: &[u8],
) -> bool {
    let length = match algorithm.hash() {
        Hash::Sha1 => return false,
        Hash::Sha256 => 32,
        Hash::Sha384 => 48,
        Hash::Sha512 => 64,
    };
    if digest.len() != length {
        return false;
    }
    match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 => {
            use p256::ecdsa::{Signature, VerifyingKey};
            verify(
                VerifyingKey::from_public_key_der(spki),
                Signature::from_slice(signature),
                digest,
            )
        }
        SignatureAlgorithm::EcdsaP384Sha384 => {
            use p384::ecdsa::{Signature, VerifyingKey};
            verify(
                VerifyingKey::from_public_key_der(spki),
                Signature::from_slice(signature),
                digest,
            )
        }
        SignatureAlgorithm::EcdsaP521Sha512 => {
            use p521::ecdsa::{Signature, VerifyingKey};
            verify(
                VerifyingKey::from_public_key_der(spki),
                Signature::from_slice(signature),
                digest,
            )
        }
        SignatureAlgorithm::RsaPkcs1Sha1 => false,
        SignatureAlgorithm::RsaPkcs1Sha256 => {
            pkcs1(spki, pkcs1v15::VerifyingKey::<Sha256>::new, digest, signature)
        }
        SignatureAlgorithm::RsaPkcs1Sha384 => {
            pkcs1(spki, pkcs1v15::VerifyingKey::<Sha384>::new, digest, signature)
        }
        SignatureAlgorithm::RsaPkcs1Sha512 => {
            pkcs1(spki, pkcs1v15::VerifyingKey::<Sha512>::new, digest, signature)
        }
        SignatureAlgorithm::RsaPssSha256 => {
            pss(spki, pss::VerifyingKey::<Sha256>::new, digest, signature)
        }
        SignatureAlgorithm::RsaPssSha384 => {
            pss(spki, pss::VerifyingKey::<Sha384>::new, digest, signature)
        }
        SignatureAlgorithm::RsaPssSha512 => {
            pss(spki, pss::VerifyingKey::<Sha512>::new, digest, signature)
        }
    }
}

fn pkcs1<K: PrehashVerifier<pkcs1v15::Signature>>(
    spki: &[u8],
    verifier: impl FnOnce(PublicKey) -> K,
    digest: &[u8],
    signature: &[u8],
) -> bool {
    let key = PublicKey::from_public_key_der(spki).map(verifier);
    verify(key, pkcs1v15::Signature::try_from(signature), digest)
}

fn pss<K: PrehashVerifier<pss::Signature>>(
    spki: &[u8],
    verifier: impl FnOnce(PublicKey) -> K,
    digest: &[u8],
    signature: &[u8],
) -> bool {
    let key = PublicKey::from_public_key_der(spki).map(verifier);
    verify(key, pss::Signature::try_from(signature), digest)
}

fn verify<K: PrehashVerifier<S>, S, E, F>(
    key: Result<K, E>,
    signature: Result<S, F>,
    digest: &[u8],
) -> bool {
    let (Ok(key), Ok(signature)) = (key, signature) else { return false };
    key.verify_prehash(digest, &signature).is_ok()
}
