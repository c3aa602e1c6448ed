//! Signatures by a PIV card's key.

use x509_cert::der::{Decode as _, Reader as _, SliceReader, asn1::UintRef};

use super::{
    Random,
    apdu::{Answer, SUCCESS, Transmit},
    application::Application,
    key::{Key, PasscodePolicy, SigningInput},
    passcode::refused,
};
use crate::{Batch, CardError, GoOn, KeyAlgorithm, backend::one_by_one};

/// One result an input; the passcode goes to the card as often as the key demands it, right before
/// the signature where it does so each time.
pub fn sign_each<C: Transmit>(
    application: &mut Application<'_, C>,
    (key, algorithm): (Key, KeyAlgorithm),
    random: Random,
    batch: &Batch<'_>,
    go_on: &mut GoOn<'_>,
    explain: &mut dyn FnMut(CardError) -> CardError,
) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
    let input = |digest: &Vec<u8>| {
        let salt = random().ok_or_else(|| failed("getrandom", "no randomness"))?;
        SigningInput::new(algorithm, batch.mechanism, digest, &salt)
    };
    let inputs = batch.digests.iter().map(input).collect::<Result<Vec<_>, _>>()?;
    let mut policy = key.policy();
    let mut at_reader = false;
    if policy != PasscodePolicy::Never {
        let state = application.passcode_state().map_err(&mut *explain)?;
        state.admit(batch.passcode)?;
        at_reader = state.pin_pad;
    }
    let (mut given, mut made) = (false, 0);
    let mut sign = |input: &SigningInput| {
        let again = made > 0 && policy == PasscodePolicy::Always;
        if again && !batch.hold_passcode {
            return Err(CardError::PasscodeAgain);
        }
        if policy == PasscodePolicy::Always || policy == PasscodePolicy::Once && !given {
            application.verify(batch.passcode, at_reader)?;
            given = true;
        }
        let mut answer = application.authenticate(key, input.algorithm, &input.data)?;
        if answer.status == SECURITY_STATUS && policy == PasscodePolicy::Once && made > 0 {
            // A card that is stricter than the standard.
            policy = PasscodePolicy::Always;
            if !batch.hold_passcode {
                return Err(CardError::PasscodeAgain);
            }
            application.verify(batch.passcode, at_reader)?;
            answer = application.authenticate(key, input.algorithm, &input.data)?;
        }
        made += 1;
        signature(algorithm, input.data.len(), answer)
    };
    one_by_one(&inputs, go_on, |input| sign(input).map_err(&mut *explain))
}

/// As PKCS#11 has it: as many bytes as the modulus, or `r || s`.
fn signature(algorithm: KeyAlgorithm, length: usize, answer: Answer) -> Result<Vec<u8>, CardError> {
    let status = match answer.status {
        SUCCESS => {
            let signature = match algorithm {
                KeyAlgorithm::Rsa { .. } => Some(answer.data).filter(|data| data.len() == length),
                _ => joined(&answer.data, length),
            };
            return signature.ok_or_else(|| failed(GENERAL_AUTHENTICATE, "no signature"));
        }
        status => status,
    };
    Err(match status {
        [0x6a, 0x82 | 0x88] => CardError::KeyMissing,
        [0x6a, 0x80 | 0x81 | 0x86] => {
            CardError::Unsupported(format!("{algorithm:?}: {GENERAL_AUTHENTICATE}"))
        }
        other => refused(GENERAL_AUTHENTICATE, other),
    })
}

fn failed(function: &str, why: &str) -> CardError {
    CardError::ModuleFailed { function: function.to_owned(), code: Some(why.to_owned()) }
}

/// `ECDSA-Sig-Value` (RFC 3279, section 2.2.3) as two numbers of the order's length.
pub fn joined(signature: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut reader = SliceReader::new(signature).ok()?;
    let numbers = reader.sequence(|reader| {
        let (r, s) = (UintRef::decode(reader)?, UintRef::decode(reader)?);
        Ok::<_, x509_cert::der::Error>([r, s])
    });
    let mut joined = Vec::with_capacity(length * 2);
    for number in numbers.ok()? {
        let octets = number.as_bytes();
        joined.resize(joined.len() + length.checked_sub(octets.len())?, 0);
        joined.extend_from_slice(octets);
    }
    reader.finish().ok()?;
    Some(joined)
}

const GENERAL_AUTHENTICATE: &str = "GENERAL AUTHENTICATE";
const SECURITY_STATUS: [u8; 2] = [0x69, 0x82];

#[cfg(test)]
mod tests;
