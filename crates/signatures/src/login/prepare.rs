use wardkey_crypto::{KeyKind, SignatureAlgorithm};

use super::{
    CHALLENGE_LENGTH, LoginError, TEXT_LENGTH,
    structure::{self, Statement},
};
use crate::{SigningInput, certificate::CertificateParts};

/// What the login key is asked to sign.
#[derive(Clone, Copy, Debug)]
pub struct LoginRequest<'a> {
    /// The server's challenge, [`CHALLENGE_LENGTH`] octets.
    pub challenge: &'a [u8],
    /// The server's public base address, from pinned policy and never from a message.
    pub server: &'a str,
    /// The transaction's id: the server's `log_session_id`.
    pub transaction: &'a str,
    /// The DER SubjectPublicKeyInfo of the session key, P-256.
    pub session_key_spki: &'a [u8],
    /// The user's login certificate, DER.
    pub certificate_der: &'a [u8],
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub signing_time: u64,
}

/// A login structure that waits for the card's signature.
#[derive(Clone, Debug)]
pub struct Prepared {
    challenge: Vec<u8>,
    certificate: Vec<u8>,
    attributes: Vec<u8>,
    algorithm: SignatureAlgorithm,
}

/// Lays out the login structure; [`Prepared::to_be_signed`] goes to the card.
///
/// # Errors
/// [`LoginError`] when the certificate or the session key is not of a kind that serves, or a part
/// has no acceptable length.
pub fn prepare(request: LoginRequest<'_>) -> Result<Prepared, LoginError> {
    if !CHALLENGE_LENGTH.contains(&request.challenge.len()) {
        return Err(LoginError::ChallengeLength);
    }
    let texts = [request.server, request.transaction];
    if texts.iter().any(|text| !TEXT_LENGTH.contains(&text.len())) {
        return Err(LoginError::TextLength);
    }
    if KeyKind::of_spki(request.session_key_spki) != Some(KeyKind::EcP256) {
        return Err(LoginError::SessionKey);
    }
    let parts = CertificateParts::of(request.certificate_der).ok_or(LoginError::Certificate)?;
    let algorithm = SignatureAlgorithm::for_key(parts.key_kind);
    let digest = algorithm.digest(request.challenge).ok_or(LoginError::AlgorithmRefused)?;
    let attributes = Statement {
        digest: &digest,
        signing_time: request.signing_time,
        server: request.server,
        transaction: request.transaction,
        session_key: request.session_key_spki,
    }
    .encode()?;
    refuse_foreign(&attributes)?;
    Ok(Prepared {
        challenge: request.challenge.to_vec(),
        certificate: request.certificate_der.to_vec(),
        attributes,
        algorithm,
    })
}

impl Prepared {
    /// The octets to sign: the DER SET OF the signed attributes, beginning with 0x31.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.attributes
    }

    /// How to sign them.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The login structure, DER; `signature` is RSA's as it is, ECDSA's as `r || s`.
    ///
    /// # Errors
    /// [`LoginError::SignatureInvalid`] when the signature has not the shape of its algorithm.
    pub fn assemble(&self, signature: &[u8]) -> Result<Vec<u8>, LoginError> {
        structure::encode(
            &self.challenge,
            &self.certificate,
            &self.attributes,
            self.algorithm,
            signature,
        )
    }
}

/// The login key signs nothing that another format could take for its own.
fn refuse_foreign(attributes: &[u8]) -> Result<(), LoginError> {
    let readings = SigningInput::readings(attributes);
    match readings.iter().find(|reading| **reading != SigningInput::CmsAttributes) {
        Some(reading) => Err(LoginError::Foreign(*reading)),
        None if readings.is_empty() => Err(LoginError::NotExact),
        None => Ok(()),
    }
}
