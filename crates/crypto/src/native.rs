use rsa::{PublicKey, pkcs1v15, pss};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use spki::DecodePublicKey as _;

use crate::{Obligation, SignatureAlgorithm};

impl Obligation {
    /// Whether the signature holds, by the RustCrypto implementations. A key or signature that
    /// cannot be read is a signature that does not hold.
    #[must_use]
    pub fn discharge(&self) -> bool {
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
