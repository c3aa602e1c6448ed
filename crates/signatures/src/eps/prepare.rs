use base64ct::{Base64, Encoding as _};
use wardkey_crypto::SignatureAlgorithm;

use super::{EpsError, Prescription, signed_info};

/// A prescription's signature that is still to be made: [`Prepared::to_be_signed`] goes to the
/// key, and what it gives to [`Prepared::assemble`].
#[derive(Clone)]
pub struct Prepared {
    digest: Vec<u8>,
    signed_info: String,
}

impl Prescription {
    /// Begins a signature over the prescription.
    ///
    /// [`SignatureAlgorithm::RsaPkcs1Sha256`] is what the service asks for;
    /// [`SignatureAlgorithm::RsaPkcs1Sha1`] is for systems that a policy names.
    ///
    /// # Errors
    /// [`EpsError::AlreadySigned`]; [`EpsError::AlgorithmRefused`] for every other algorithm.
    pub fn prepare(&self, algorithm: SignatureAlgorithm) -> Result<Prepared, EpsError> {
        if self.is_signed {
            return Err(EpsError::AlreadySigned);
        }
        let refused = EpsError::AlgorithmRefused(algorithm);
        let method = signed_info::digest_method(algorithm).ok_or(refused.clone())?;
        Prepared::new(algorithm, method.digest(&self.fragments)).ok_or(refused)
    }
}

impl Prepared {
    /// `None`: prescriptions are not signed with the algorithm.
    pub(super) fn new(algorithm: SignatureAlgorithm, digest: Vec<u8>) -> Option<Self> {
        let signed_info = signed_info::canonical(algorithm, &digest)?;
        Some(Self { digest, signed_info })
    }

    /// The digest of the fragments, 32 bytes (20 for SHA-1).
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The digest in base64, as the DigestValue has it.
    #[must_use]
    pub fn digest_base64(&self) -> String {
        Base64::encode_string(&self.digest)
    }

    /// The octets to sign: the canonical SignedInfo.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.signed_info.as_bytes()
    }

    /// The Signature element, to be put into the prescription with [`embed`](super::embed).
    /// Whether the signature holds is not looked at.
    #[must_use]
    pub fn assemble(&self, signature: &[u8], certificate_der: &[u8]) -> Vec<u8> {
        let namespace = signed_info::NAMESPACE;
        // The one place it stands in is the start tag: everything else in it is ours or base64.
        let signed_info = self.signed_info.replacen(namespace, "", 1);
        let value = Base64::encode_string(signature);
        let certificate = Base64::encode_string(certificate_der);
        format!(
            "<Signature{namespace}>{signed_info}<SignatureValue>{value}</SignatureValue>\
             <KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data>\
             </KeyInfo></Signature>"
        )
        .into_bytes()
    }
}
