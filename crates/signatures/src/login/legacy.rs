//! The answer of agents that came before the login structure: PKCS #7 as the Spine's own agent
//! made it.
//!
//! The challenge is the content, the signer has no signed attributes, and so the signature is over
//! the challenge itself: nothing in it says for which server or purpose it was made. Nothing here
//! makes such an answer; a server takes one only where its configuration names the form, and
//! [`LegacyPending::algorithm`] says which one it is.

use const_oid::{ObjectIdentifier, db};
use wardkey_crypto::{KeyKind, Obligation, SignatureAlgorithm};

use super::{CHALLENGE_LENGTH, LoginError, MAX_LENGTH};
use crate::{
    certificate::CertificateParts,
    tlv::{CONTEXT_0, Fields, INTEGER, OCTET_STRING, SEQUENCE, SET},
};

/// A legacy answer in order but for the signature itself.
#[derive(Clone, Debug)]
#[must_use = "nothing is verified before the obligation is answered"]
pub struct LegacyPending {
    obligations: [Obligation; 1],
    certificate_der: Vec<u8>,
}

/// Whether these octets are a CMS SignedData whose only signer has no signed attributes. Nothing
/// else is checked.
#[must_use]
pub fn is_legacy(cms: &[u8]) -> bool {
    cms.len() <= MAX_LENGTH && Parts::read(cms).is_some()
}

/// Checks a legacy answer, DER, to this challenge.
///
/// RSASSA-PKCS1-v1_5 with SHA-1 or SHA-256, ECDSA with the digest of the key's size.
///
/// # Errors
/// [`LoginError`] when any part is not as it has to be.
pub fn verify_legacy(cms: &[u8], challenge: &[u8]) -> Result<LegacyPending, LoginError> {
    if cms.len() > MAX_LENGTH {
        return Err(LoginError::Malformed("too long"));
    }
    if !CHALLENGE_LENGTH.contains(&challenge.len()) {
        return Err(LoginError::ChallengeLength);
    }
    let parts = Parts::read(cms).ok_or(LoginError::Malformed("no legacy answer"))?;
    if parts.challenge != challenge {
        return Err(LoginError::WrongChallenge);
    }
    let (der, certificate) = parts.signers_certificate()?;
    let algorithm = parts.algorithm(certificate.key_kind).ok_or(LoginError::AlgorithmRefused)?;
    let signature = match certificate.key_kind {
        KeyKind::Rsa => parts.signature.to_vec(),
        _ => Obligation::ecdsa_from_der(algorithm, parts.signature)
            .ok_or(LoginError::SignatureInvalid)?,
    };
    let (spki, message) = (certificate.spki.to_vec(), challenge.to_vec());
    Ok(LegacyPending {
        obligations: [Obligation { algorithm, spki, message, signature, issued: false }],
        certificate_der: der.to_vec(),
    })
}

impl LegacyPending {
    /// The algorithm of the signature, for a policy to judge.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        let [obligation] = &self.obligations;
        obligation.algorithm
    }

    /// The public-key operations to answer: one.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The certificate whose key signed, DER, given one answer for each obligation.
    ///
    /// # Errors
    /// [`LoginError::SignatureInvalid`] when an answer is `false` or missing.
    pub fn conclude(self, answers: &[bool]) -> Result<Vec<u8>, LoginError> {
        if answers == [true] { Ok(self.certificate_der) } else { Err(LoginError::SignatureInvalid) }
    }

    /// The certificate whose key signed, DER, the obligation answered by native code.
    ///
    /// # Errors
    /// [`LoginError::SignatureInvalid`] when the signature does not hold.
    #[cfg(feature = "native")]
    pub fn discharge(self) -> Result<Vec<u8>, LoginError> {
        let answers = self.obligations.each_ref().map(Obligation::discharge);
        self.conclude(&answers)
    }
}

/// RFC 5652, sections 3 and 5; RFC 2315 in so far as the two agree.
struct Parts<'a> {
    challenge: &'a [u8],
    certificates: Vec<&'a [u8]>,
    issuer: &'a [u8],
    serial: &'a [u8],
    digest: ObjectIdentifier,
    algorithm: ObjectIdentifier,
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(cms: &'a [u8]) -> Option<Self> {
        let mut content_info = Fields::open(cms, SEQUENCE)?;
        let inner = (content_info.oid()? == db::rfc5911::ID_SIGNED_DATA)
            .then(|| content_info.content(CONTEXT_0))??;
        content_info.end()?;
        let mut signed_data = Fields::open(inner, SEQUENCE)?;
        let (_version, _digests) = (signed_data.whole(INTEGER)?, signed_data.whole(SET)?);
        let mut encapsulated = signed_data.fields(SEQUENCE)?;
        if encapsulated.oid()? != db::rfc5911::ID_DATA {
            return None;
        }
        let challenge = encapsulated.fields(CONTEXT_0)?.content(OCTET_STRING)?;
        encapsulated.end()?;
        let certificates = certificates(signed_data.fields(CONTEXT_0)?)?;
        let mut signers = signed_data.fields(SET)?;
        let mut signer = signers.fields(SEQUENCE)?;
        signers.end()?;
        signed_data.end()?;
        let _version = signer.whole(INTEGER)?;
        let mut sid = signer.fields(SEQUENCE)?;
        let (issuer, serial) = (sid.whole(SEQUENCE)?, sid.whole(INTEGER)?);
        let digest = signer.fields(SEQUENCE)?.oid()?;
        // Signed attributes would stand here, under `[0]`.
        let algorithm = signer.fields(SEQUENCE)?.oid()?;
        let signature = signer.content(OCTET_STRING)?;
        signer.end()?;
        Some(Self { challenge, certificates, issuer, serial, digest, algorithm, signature })
    }

    fn signers_certificate(&self) -> Result<(&'a [u8], CertificateParts<'a>), LoginError> {
        let named = self.certificates.iter().find_map(|der| {
            let parts = CertificateParts::of(der)?;
            (parts.issuer == self.issuer && parts.serial == self.serial).then_some((*der, parts))
        });
        named.ok_or(LoginError::Certificate)
    }

    /// `rsaEncryption` leaves the digest to its own field; the other names have to agree with it.
    fn algorithm(&self, key: KeyKind) -> Option<SignatureAlgorithm> {
        let of_digest = match (key, self.digest) {
            (KeyKind::Rsa, db::rfc5912::ID_SHA_1) => SignatureAlgorithm::RsaPkcs1Sha1,
            (KeyKind::Rsa, db::rfc5912::ID_SHA_256) => SignatureAlgorithm::RsaPkcs1Sha256,
            (KeyKind::EcP256, db::rfc5912::ID_SHA_256) => SignatureAlgorithm::EcdsaP256Sha256,
            (KeyKind::EcP384, db::rfc5912::ID_SHA_384) => SignatureAlgorithm::EcdsaP384Sha384,
            _ => return None,
        };
        let plain = key == KeyKind::Rsa && self.algorithm == db::rfc5912::RSA_ENCRYPTION;
        (plain || self.algorithm == of_digest.oid()).then_some(of_digest)
    }
}

fn certificates<'a>(mut set: Fields<'a>) -> Option<Vec<&'a [u8]>> {
    let mut all = Vec::new();
    while set.peek().is_some() {
        all.push(set.whole(SEQUENCE)?);
    }
    (all.len() <= MAX_CERTIFICATES).then_some(all)
}

const MAX_CERTIFICATES: usize = 8;

#[cfg(test)]
mod tests;
