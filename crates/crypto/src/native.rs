use ::ring::signature::{self as ring, RsaParameters, UnparsedPublicKey};
use der::{Decode as _, Sequence, asn1::UintRef};
use rsa::{PublicKey, pkcs1v15, pss};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use spki::{DecodePublicKey as _, SubjectPublicKeyInfoRef};

use crate::{Obligation, SignatureAlgorithm};

impl Obligation {
    /// Whether the signature holds, by ring for RSA keys of 2048 bits and more, which it verifies
    /// many times as quickly, and else by the RustCrypto implementations. A key or signature that
    /// cannot be read is a signature that does not hold.
    #[must_use]
    pub fn discharge(&self) -> bool {
        if let Some(quick) = self.quick() {
            return quick;
        }
        match self.algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => self.ecdsa_p256(),
            SignatureAlgorithm::EcdsaP384Sha384 => self.ecdsa_p384(),
            SignatureAlgorithm::EcdsaP521Sha512 => self.ecdsa_p521(),
            SignatureAlgorithm::RsaPkcs1Sha1 => self.rsa(pkcs1v15::VerifyingKey::<Sha1>::new),
            SignatureAlgorithm::RsaPkcs1Sha256 => self.rsa(pkcs1v15::VerifyingKey::<Sha256>::new),
            SignatureAlgorithm::RsaPkcs1Sha384 => self.rsa(pkcs1v15::VerifyingKey::<Sha384>::new),
            SignatureAlgorithm::RsaPkcs1Sha512 => self.rsa(pkcs1v15::VerifyingKey::<Sha512>::new),
            SignatureAlgorithm::RsaPssSha256 => self.rsa_pss(pss::VerifyingKey::<Sha256>::new),
            SignatureAlgorithm::RsaPssSha384 => self.rsa_pss(pss::VerifyingKey::<Sha384>::new),
            SignatureAlgorithm::RsaPssSha512 => self.rsa_pss(pss::VerifyingKey::<Sha512>::new),
        }
    }

    /// By ring; `None` where it does not know the kind of key.
    fn quick(&self) -> Option<bool> {
        let by: &RsaParameters = match self.algorithm {
            SignatureAlgorithm::EcdsaP256Sha256
            | SignatureAlgorithm::EcdsaP384Sha384
            | SignatureAlgorithm::EcdsaP521Sha512 => return None,
            SignatureAlgorithm::RsaPkcs1Sha1 => &ring::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            SignatureAlgorithm::RsaPkcs1Sha256 => &ring::RSA_PKCS1_2048_8192_SHA256,
            SignatureAlgorithm::RsaPkcs1Sha384 => &ring::RSA_PKCS1_2048_8192_SHA384,
            SignatureAlgorithm::RsaPkcs1Sha512 => &ring::RSA_PKCS1_2048_8192_SHA512,
            SignatureAlgorithm::RsaPssSha256 => &ring::RSA_PSS_2048_8192_SHA256,
            SignatureAlgorithm::RsaPssSha384 => &ring::RSA_PSS_2048_8192_SHA384,
            SignatureAlgorithm::RsaPssSha512 => &ring::RSA_PSS_2048_8192_SHA512,
        };
        let key = long_rsa_key(&self.spki)?;
        Some(UnparsedPublicKey::new(by, key).verify(&self.message, &self.signature).is_ok())
    }

    fn rsa<K>(&self, verifier: impl FnOnce(PublicKey) -> K) -> bool
    where
        K: rsa::signature::Verifier<pkcs1v15::Signature>,
    {
        let Ok(key) = PublicKey::from_public_key_der(&self.spki) else { return false };
        let Ok(signature) = pkcs1v15::Signature::try_from(self.signature.as_slice()) else {
            return false;
        };
        verifier(key).verify(&self.message, &signature).is_ok()
    }

    fn rsa_pss<K>(&self, verifier: impl FnOnce(PublicKey) -> K) -> bool
    where
        K: rsa::signature::Verifier<pss::Signature>,
    {
        let Ok(key) = PublicKey::from_public_key_der(&self.spki) else { return false };
        let Ok(signature) = pss::Signature::try_from(self.signature.as_slice()) else {
            return false;
        };
        verifier(key).verify(&self.message, &signature).is_ok()
    }

    fn ecdsa_p521(&self) -> bool {
        use p521::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
        let Ok(key) = VerifyingKey::from_public_key_der(&self.spki) else { return false };
        Signature::from_slice(&self.signature)
            .is_ok_and(|signature| key.verify(&self.message, &signature).is_ok())
    }

    fn ecdsa_p256(&self) -> bool {
        use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
        let Ok(key) = VerifyingKey::from_public_key_der(&self.spki) else { return false };
        Signature::from_slice(&self.signature)
            .is_ok_and(|signature| key.verify(&self.message, &signature).is_ok())
    }

    fn ecdsa_p384(&self) -> bool {
        use p384::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
        let Ok(key) = VerifyingKey::from_public_key_der(&self.spki) else { return false };
        Signature::from_slice(&self.signature)
            .is_ok_and(|signature| key.verify(&self.message, &signature).is_ok())
    }
}

/// The `RSAPublicKey` (RFC 8017, appendix A.1.1) of a SubjectPublicKeyInfo whose modulus has 2048
/// bits or more.
fn long_rsa_key(spki: &[u8]) -> Option<&[u8]> {
    let spki = SubjectPublicKeyInfoRef::try_from(spki).ok()?;
    spki.algorithm.assert_algorithm_oid(const_oid::db::rfc5912::RSA_ENCRYPTION).ok()?;
    let key = spki.subject_public_key.as_bytes()?;
    let modulus = RsaPublicKey::from_der(key).ok()?.modulus;
    let bits = modulus.as_bytes().len() * 8
        - usize::try_from(modulus.as_bytes().first()?.leading_zeros()).ok()?;
    (bits >= 2048).then_some(key)
}

#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    #[allow(dead_code, reason = "only the modulus says how long a key is")]
    public_exponent: UintRef<'a>,
}
