use wardkey_signatures::login::{self, Expected, LoginError};
use wardkey_spine::ValidateRequest;

use crate::{LegacyDigest, LegacyLogin};

/// What a card's answer to a challenge proves, before anything is known of the certificate.
pub(super) struct CardAnswer {
    /// The certificate whose key answered, DER.
    pub(super) certificate_der: Vec<u8>,
    /// The agent's key of the session, a DER SubjectPublicKeyInfo. `None`: a legacy agent's
    /// answer, which vouches for none.
    pub(super) session_key_spki: Option<Vec<u8>>,
}

impl CardAnswer {
    /// Its name in the audit log.
    pub(super) fn action(&self) -> &'static str {
        if self.session_key_spki.is_some() { "login" } else { "legacy_login" }
    }
}

/// Reads the login structure, or the bare signature of a legacy agent where `legacy` permits it.
pub(super) fn read(
    request: &ValidateRequest,
    server: &str,
    legacy: Option<&LegacyLogin>,
) -> Result<CardAnswer, LoginError> {
    if login::is_legacy(&request.response) {
        return read_legacy(request, legacy.ok_or(LoginError::AlgorithmRefused)?);
    }
    let expected = Expected {
        challenge: &request.challenge,
        server,
        transaction: request.log_session_id.as_str(),
    };
    let verified = login::verify(&request.response, &expected)?.discharge()?;
    Ok(CardAnswer {
        certificate_der: verified.certificate_der,
        session_key_spki: Some(verified.session_key_spki),
    })
}

/// The user is the one that the client names; that the certificate is theirs is checked after.
fn read_legacy(request: &ValidateRequest, legacy: &LegacyLogin) -> Result<CardAnswer, LoginError> {
    let pending = login::verify_legacy(&request.response, &request.challenge)?;
    let digest =
        if pending.algorithm().is_legacy() { LegacyDigest::Sha1 } else { LegacyDigest::Sha2 };
    let admits = |users: &Vec<String>| users.iter().any(|user| user == request.uid.as_str());
    if !legacy.digests.contains(&digest) || !legacy.users.as_ref().is_none_or(admits) {
        return Err(LoginError::AlgorithmRefused);
    }
    Ok(CardAnswer { certificate_der: pending.discharge()?, session_key_spki: None })
}
