//! An authorisation for digests, and signatures over these very digests (sections 11.6, 11.7, 11.10
//! and 11.12).

use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use super::{
    authorization::Authorization, backend::RemoteBackend, credential::Credential, sign_algo,
    transport::Transport, wire,
};
use crate::{Batch, CardError, GoOn, Passcode, SignMechanism, piv::joined};

impl<T: Transport> RemoteBackend<'_, T> {
    /// As many digests at once as one authorisation is for. What the user typed serves for the next
    /// authorisation only where it may be held, and is no code that serves once.
    pub(super) fn sign(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let Batch { token, mechanism, digests, passcode, hold_passcode, .. } = *batch;
        let credential = self.service.credential(token)?;
        let needed = credential.authorization.as_ref().map_err(Clone::clone)?;
        for digest in digests {
            sign_algo::choose(mechanism, digest.len(), &credential.algo)?;
        }
        let serves_again = match needed.asks().count() {
            0 => true,
            _ => hold_passcode && !needed.serves_once(),
        };
        let mut results = Vec::with_capacity(digests.len());
        let mut end = None;
        for some in digests.chunks(credential.multisign.min(MOST)) {
            let first = results.is_empty();
            let signed = match end.take() {
                None if first || serves_again => {
                    self.sign_some(&credential, needed, mechanism, some, passcode)
                }
                None => Err(CardError::PasscodeAgain),
                Some(error) => Err(error),
            };
            match signed {
                Ok(signatures) => {
                    for signature in signatures {
                        if !go_on(&signature) {
                            end = Some(CardError::Stopped);
                        }
                        results.push(Ok(signature));
                    }
                }
                Err(error) if first => return Err(error),
                Err(error) => {
                    results.extend(some.iter().map(|_| Err(error.clone())));
                    end = Some(error);
                }
            }
        }
        Ok(results)
    }

    /// One authorisation, and what it is for.
    fn sign_some(
        &mut self,
        credential: &Credential,
        needed: &Authorization,
        mechanism: SignMechanism,
        digests: &[Vec<u8>],
        passcode: &Passcode,
    ) -> Result<Vec<Vec<u8>>, CardError> {
        let length = digests.first().map(Vec::len).unwrap_or_default();
        if digests.iter().any(|digest| digest.len() != length) {
            return Err(CardError::DigestLength { length });
        }
        let how = sign_algo::choose(mechanism, length, &credential.algo)?;
        let hashes: Vec<String> =
            digests.iter().map(|digest| Base64::encode_string(digest)).collect();
        let order = wire::Authorize {
            credential: &credential.id,
            signatures: digests.len(),
            hashes: &hashes,
            hash_algorithm: how.hash,
            auth_data: needed.data(passcode)?,
        };
        let sad = self.authorize(&order, needed.asks().next().is_some())?;
        let asynchronous = self.service.info.as_ref().is_some_and(|info| info.asynchronous);
        let order = wire::SignHash {
            credential: &credential.id,
            sad: &sad,
            hashes: &hashes,
            hash_algorithm: how.names_hash.then_some(how.hash),
            algorithm: how.algorithm,
            parameters: how.parameters,
            mode: if asynchronous { "A" } else { "S" },
        };
        let made: wire::Signatures = self.call(SIGN_HASH, &order)?.read()?;
        let signatures = match (made.signatures, made.response) {
            (Some(signatures), _) => signatures,
            (None, Some(request)) if asynchronous => self.poll(&request)?,
            _ => return Err(invalid(SIGN_HASH)),
        };
        if signatures.len() != digests.len() {
            return Err(invalid(SIGN_HASH));
        }
        signatures.iter().map(|signature| decoded(signature, credential.curve_length())).collect()
    }

    /// The signature activation data, once the user has confirmed.
    fn authorize(
        &mut self,
        order: &wire::Authorize<'_>,
        typed: bool,
    ) -> Result<Zeroizing<String>, CardError> {
        let begun = self.transport.elapsed();
        let elsewhere = |error| match error {
            // Nothing was typed here, so that there is nothing to type anew.
            CardError::PasscodeWrong { .. } if !typed => {
                CardError::ServiceRefused("the confirmation was not valid".to_owned())
            }
            other => other,
        };
        let mut reply = self.call(AUTHORIZE, order).map_err(elsewhere)?;
        while reply.status == ACCEPTED {
            let handle = reply.read::<wire::Underway>()?.handle;
            self.wait(begun)?;
            let check = wire::AuthorizeCheck { handle: &handle };
            reply = self.call(AUTHORIZE_CHECK, &check).map_err(elsewhere)?;
        }
        let sad = reply.read::<wire::Authorized>()?.sad.0;
        if sad.is_empty() { Err(invalid(AUTHORIZE)) } else { Ok(sad) }
    }

    /// The signatures that a service makes in its own time.
    fn poll(&mut self, request: &str) -> Result<Vec<String>, CardError> {
        let begun = self.transport.elapsed();
        let user = self.service.user.clone().unwrap_or_default();
        loop {
            self.wait(begun)?;
            let reply = self.call(SIGN_POLLING, &wire::SignPolling { request, user: &user })?;
            if reply.status != ACCEPTED {
                let made: wire::Signatures = reply.read()?;
                return made.signatures.ok_or_else(|| invalid(SIGN_POLLING));
            }
        }
    }

    fn wait(&mut self, begun: Duration) -> Result<(), CardError> {
        let waited = self.transport.elapsed().saturating_sub(begun);
        if waited >= self.service.settings.patience {
            return Err(CardError::NotConfirmed);
        }
        if self.transport.pause(BETWEEN) { Ok(()) } else { Err(CardError::Stopped) }
    }
}

/// As a card has it: `r || s` for ECDSA, whichever way the service writes it.
fn decoded(signature: &str, curve: Option<usize>) -> Result<Vec<u8>, CardError> {
    let octets = Some(signature).filter(|text| text.len() <= LONGEST_SIGNATURE);
    let octets = octets.and_then(|text| Base64::decode_vec(text).ok());
    let octets = octets.ok_or_else(|| invalid(SIGN_HASH))?;
    match curve {
        Some(length) if octets.len() != length * 2 => {
            joined(&octets, length).ok_or_else(|| invalid(SIGN_HASH))
        }
        _ => Ok(octets),
    }
}

fn invalid(method: &str) -> CardError {
    CardError::ServiceResponseInvalid(method.to_owned())
}

/// Signatures of one authorisation.
const MOST: usize = 250;
const BETWEEN: Duration = Duration::from_secs(1);
/// In base64.
const LONGEST_SIGNATURE: usize = 4 * 1024;
const ACCEPTED: u16 = 202;

const AUTHORIZE: &str = "credentials/authorize";
const AUTHORIZE_CHECK: &str = "credentials/authorizeCheck";
const SIGN_HASH: &str = "signatures/signHash";
const SIGN_POLLING: &str = "signatures/signPolling";
