use cryptoki::{mechanism::Mechanism, session::Session};

use super::{object_management::PrivateKey, return_values::failed, session_management};
use crate::{CardError, Passcode, SignMechanism};

/// One result a digest. After the card is gone the rest are not tried.
pub fn sign_each(
    session: &Session,
    key: &PrivateKey,
    mechanism: SignMechanism,
    digests: &[Vec<u8>],
    passcode: &Passcode,
) -> Vec<Result<Vec<u8>, CardError>> {
    let mut stopped = None;
    let mut results = Vec::with_capacity(digests.len());
    for digest in digests {
        let result = match &stopped {
            Some(error) => Err(CardError::clone(error)),
            None => sign(session, key, mechanism, digest, passcode),
        };
        if let Err(error @ (CardError::CardRemoved | CardError::PasscodeBlocked)) = &result {
            stopped = Some(error.clone());
        }
        results.push(result);
    }
    results
}

fn sign(
    session: &Session,
    key: &PrivateKey,
    mechanism: SignMechanism,
    digest: &[u8],
    passcode: &Passcode,
) -> Result<Vec<u8>, CardError> {
    let (mechanism, input) = match mechanism {
        SignMechanism::Ecdsa => (Mechanism::Ecdsa, digest.to_vec()),
        SignMechanism::RsaPkcs1Sha256 => (Mechanism::RsaPkcs, digest_info(digest)),
    };
    session.sign_init(&mechanism, key.handle).map_err(failed)?;
    if key.always_authenticate {
        session_management::log_in_for_operation(session, passcode)?;
    }
    session.sign_update(&input).and_then(|()| session.sign_final()).map_err(failed)
}

/// The `DigestInfo` of a SHA-256 digest (RFC 8017, section 9.2, note 1).
fn digest_info(digest: &[u8]) -> Vec<u8> {
    [&SHA256_DIGEST_INFO[..], digest].concat()
}

const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
